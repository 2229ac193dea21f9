//! Bytes in messages.

/// Bytes as text in quotes, what is not printable escaped.
pub fn shown(bytes: &[u8]) -> String {
    const LONG: usize = 80;
    let end = bytes.len().min(LONG);
    let more = if bytes.len() > LONG { format!("… ({} bytes)", bytes.len()) } else { String::new() };
    format!("\"{}\"{more}", bytes[..end].escape_ascii())
}
