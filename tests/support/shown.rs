//! Bytes in messages.

use std::ascii::escape_default;

/// Bytes as `redis-cli` quotes them, with escapes for bytes that are not printable.
pub fn shown(bytes: &[u8]) -> String {
    const LONG: usize = 80;
    let end = bytes.len().min(LONG);
    let more = if bytes.len() > LONG { format!("… ({} bytes)", bytes.len()) } else { String::new() };
    let quoted = |byte: &u8| match byte {
        0x07 => "\\a".to_owned(),
        0x08 => "\\b".to_owned(),
        b'\'' => "'".to_owned(),
        byte => escape_default(*byte).to_string(),
    };
    format!("\"{}\"{more}", bytes[..end].iter().map(quoted).collect::<String>())
}
