//! Bytes in messages.

/// Bytes as quoted text, with escapes for bytes that are not printable.
pub fn shown(bytes: &[u8]) -> String {
    const LONG: usize = 80;
    let end = bytes.len().min(LONG);
    let more = if bytes.len() > LONG { format!("… ({} bytes)", bytes.len()) } else { String::new() };
    format!("\"{}\"{more}", bytes[..end].escape_ascii())
}
