//! Just enough DER to read the facts of a certificate.

/// `BOOLEAN`
pub(super) const BOOLEAN: u8 = 0x01;
/// `OCTET STRING`
pub(super) const OCTET_STRING: u8 = 0x04;
/// `OBJECT IDENTIFIER`
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `PrintableString`
pub(super) const PRINTABLE_STRING: u8 = 0x13;
/// `IA5String`
pub(super) const IA5_STRING: u8 = 0x16;
/// `UTCTime`
pub(super) const UTC_TIME: u8 = 0x17;
/// `GeneralizedTime`
pub(super) const GENERALIZED_TIME: u8 = 0x18;
/// `SEQUENCE`
pub(super) const SEQUENCE: u8 = 0x30;
/// `SET`
pub(super) const SET: u8 = 0x31;

/// The elements of some DER, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    /// With its header.
    pub(super) whole: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(der: &'a [u8]) -> Self {
        Self { rest: der }
    }

    /// The next element; `None` at the end and for what is not DER.
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        let start = self.rest;
        let (&tag, after_tag) = start.split_first()?;
        let (length, after_length) = length(after_tag)?;
        let (content, rest) = after_length.split_at_checked(length)?;
        let (whole, _) = start.split_at_checked(start.len().checked_sub(rest.len())?)?;
        self.rest = rest;
        Some(Element {
            tag,
            content,
            whole,
        })
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// The next element, if it has this tag; otherwise it stays.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.rest.first() == Some(&tag) {
            self.next()
        } else {
            None
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) fn inside(&self) -> Reader<'a> {
        Reader::new(self.content)
    }
}

fn length(der: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = der.split_first()?;
    if first < 0x80 {
        return Some((usize::from(first), rest));
    }
    // Four bytes of length are enough for any certificate; 0x80 is BER's indefinite form.
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let (bytes, rest) = rest.split_at_checked(count)?;
    let length = bytes
        .iter()
        .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
    Some((length, rest))
}

/// The numbers of an object identifier.
pub(super) fn object_identifier(content: &[u8]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    let mut number = 0_u64;
    let mut is_open = false;
    for byte in content {
        number = number
            .checked_mul(128)?
            .checked_add(u64::from(byte & 0x7f))?;
        is_open = byte & 0x80 != 0;
        if is_open {
            continue;
        }
        if numbers.is_empty() {
            let root = (number / 40).min(2);
            numbers.push(root);
            number -= root * 40;
        }
        numbers.push(number);
        number = 0;
    }
    (!is_open && !numbers.is_empty()).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_are_read_in_order() {
        let mut reader = Reader::new(&[0x04, 0x01, 0xaa, 0x30, 0x03, 0x01, 0x01, 0xff]);
        assert_eq!(reader.expect(OCTET_STRING).unwrap().content, [0xaa]);
        let sequence = reader.expect(SEQUENCE).unwrap();
        assert_eq!(sequence.whole, [0x30, 0x03, 0x01, 0x01, 0xff]);
        assert_eq!(sequence.inside().expect(BOOLEAN).unwrap().content, [0xff]);
        assert!(reader.is_empty());
        assert!(reader.next().is_none());
    }

    #[test]
    fn long_lengths_are_read_and_lies_are_not() {
        let mut long = vec![0x04, 0x82, 0x01, 0x00];
        long.resize(4 + 256, 7);
        assert_eq!(Reader::new(&long).next().unwrap().content.len(), 256);
        long.pop();
        assert!(Reader::new(&long).next().is_none());
        for lie in [
            &[0x04][..],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x85, 0, 0, 0, 0, 0],
            &[0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert!(Reader::new(lie).next().is_none(), "{lie:?}");
        }
    }

    #[test]
    fn object_identifiers_are_decoded() {
        assert_eq!(
            object_identifier(&[0x55, 0x04, 0x03]).unwrap(),
            [2, 5, 4, 3]
        );
        assert_eq!(
            object_identifier(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01]).unwrap(),
            [1, 2, 840, 113_549, 1, 9, 1]
        );
        assert_eq!(object_identifier(&[0x88, 0x37, 0x01]).unwrap(), [2, 999, 1]);
        for broken in [&[][..], &[0x55, 0x84], &[0xff; 12]] {
            assert!(object_identifier(broken).is_none(), "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            while reader.next().is_some() {}
            let _ = object_identifier(&bytes);
        }
    }
}
