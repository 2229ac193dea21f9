//! A payload taken apart.

use super::layout::{KEY_META, LayoutWalk};
use super::{Fault, FaultKind, Footer, ValueType};
use crate::version::Flavour;

/// The first byte of a payload with metadata of modules (`RDB_OPCODE_KEY_META` in Redis' `rdb.h`).
pub const KEY_META_OPCODE: u8 = 0xf3;

/// The parts of a payload, which is the reply to `DUMP`. They are not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload<'a> {
    /// What modules attached to the key (since Redis 8.6); mostly empty.
    pub key_meta: &'a [u8],
    /// The byte of the value's type. Its meaning can depend on the server that wrote it.
    pub type_byte: u8,
    /// The bytes between type and footer.
    pub value: &'a [u8],
    /// The last ten bytes, decoded.
    pub footer: Footer,
}

impl<'a> Payload<'a> {
    /// Takes a payload apart, and checks neither the value nor the checksum.
    ///
    /// # Errors
    /// The payload is too short, or its metadata does not end.
    pub fn open(payload: &'a [u8]) -> Result<Self, Fault> {
        let (body, footer) = Footer::split(payload)?;
        let (key_meta, typed) = body.split_at(key_meta_length(body)?);
        let (&type_byte, value) = typed.split_first().ok_or(Fault::short(body.len()))?;
        Ok(Self { key_meta, type_byte, value, footer })
    }

    /// The type of a payload that a server of this flavour wrote.
    ///
    /// # Errors
    /// The type is unknown.
    pub fn value_type(&self, written_by: Flavour) -> Result<ValueType, Fault> {
        ValueType::from_byte(self.type_byte, written_by).ok_or(self.unknown_type())
    }

    /// The type of a payload whose server is not known, according to its RDB version.
    pub(super) fn stated_type(&self) -> Result<ValueType, Fault> {
        let value_type = self.value_type(self.footer.flavour())?;
        // A type that is newer than the RDB version is of another fork, which has types of its own with the same bytes.
        if value_type.since() > self.footer.version { Err(self.unknown_type()) } else { Ok(value_type) }
    }

    pub(super) fn unknown_type(&self) -> Fault {
        Fault { at: self.key_meta.len() as u64, kind: FaultKind::UnknownType(self.type_byte) }
    }

    /// The length of the value according to its layout. `RESTORE` ignores bytes after that, but a sound payload has
    /// none.
    ///
    /// # Errors
    /// The type is unknown, or the value does not end.
    pub fn value_length(&self, written_by: Flavour) -> Result<usize, Fault> {
        let before = self.key_meta.len() as u64 + 1;
        let value_type = self.value_type(written_by)?;
        let mut walk = LayoutWalk::of_type(value_type).ok_or(self.unknown_type())?;
        let length = walk.pass(self.value).map_err(|fault| fault.after(before))?;
        if walk.is_done() { Ok(length) } else { Err(Fault::short(self.value.len()).after(before)) }
    }
}

/// The number of bytes of metadata at the beginning of a payload.
pub(crate) fn key_meta_length(payload: &[u8]) -> Result<usize, Fault> {
    let [KEY_META_OPCODE, meta @ ..] = payload else { return Ok(0) };
    let mut walk = LayoutWalk::new(KEY_META);
    let length = walk.pass(meta).map_err(|fault| fault.after(1))?;
    if walk.is_done() { Ok(1 + length) } else { Err(Fault::short(payload.len())) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::footer::put_footer;

    #[test]
    fn metadata_comes_before_the_type() {
        let meta = [KEY_META_OPCODE, 1, 9, 9, 9, 9, 1, 5, 0];
        let mut bytes = [&meta[..], &[0, 1, b'v']].concat();
        put_footer(&mut bytes, 0, 13);
        let payload = Payload::open(&bytes).unwrap();
        assert_eq!((payload.key_meta, payload.type_byte, payload.value), (&meta[..], 0, &b"\x01v"[..]));
        assert_eq!(payload.value_length(Flavour::Redis), Ok(2));
        assert!(key_meta_length(&meta[..8]).is_err());
    }

    #[test]
    fn the_length_of_a_value_does_not_depend_on_the_payload() {
        let mut bytes = vec![1, 2, 1, b'a'];
        put_footer(&mut bytes, 0, 6);
        assert_eq!(Payload::open(&bytes).unwrap().value_length(Flavour::Redis), Err(Fault::short(4)));
        let mut bytes = vec![1, 1, 1, b'a', 0];
        put_footer(&mut bytes, 0, 6);
        assert_eq!(Payload::open(&bytes).unwrap().value_length(Flavour::Redis), Ok(3));
    }

    #[test]
    fn a_value_of_an_unknown_type_has_no_length() {
        let mut bytes = vec![99, 0];
        put_footer(&mut bytes, 0, 6);
        let fault = Payload::open(&bytes).unwrap().value_length(Flavour::Redis).unwrap_err();
        assert_eq!(fault.kind, FaultKind::UnknownType(99));
    }
}
