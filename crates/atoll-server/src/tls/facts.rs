//! What a certificate says, as far as we need to know it.

use std::net::IpAddr;

use rustls_pki_types::CertificateDer;
use time::{Date, Month, OffsetDateTime, Time};

use super::der::{
    self, BOOLEAN, GENERALIZED_TIME, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, SET,
    UTC_TIME,
};
use super::{CertificateName, CertificateNames};

/// `[0]`, the version of a certificate.
const VERSION: u8 = 0xa0;
/// `[3]`, the extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;
/// `[2]` of a `GeneralName`.
const DNS_NAME: u8 = 0x82;
/// `[7]` of a `GeneralName`.
const IP_ADDRESS: u8 = 0x87;
/// 2.5.29.14
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
/// 2.5.29.17
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// What a certificate says about itself.
///
/// Spec: <https://www.rfc-editor.org/rfc/rfc5280#section-4.1>
#[derive(Clone, Debug)]
pub struct CertificateFacts {
    /// First moment it is valid.
    pub not_before: OffsetDateTime,
    /// Last moment it is valid.
    pub not_after: OffsetDateTime,
    /// The hosts it is for.
    pub names: CertificateNames,
    /// The subject's attributes in order.
    pub(super) subject: Vec<SubjectAttribute>,
    /// The public key with its algorithm, as it is encoded.
    pub(super) public_key_der: Vec<u8>,
    /// What certificates it issued name it by.
    pub(super) subject_key_identifier: Option<Vec<u8>>,
}

/// One attribute of a subject, such as a common name.
#[derive(Clone, Debug)]
pub(super) struct SubjectAttribute {
    pub(super) oid: Vec<u64>,
    /// Which kind of string.
    pub(super) tag: u8,
    pub(super) value: String,
}

impl CertificateFacts {
    /// Reads a certificate; `None` for what is none.
    pub(super) fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let signed = Reader::new(certificate.as_ref()).expect(SEQUENCE)?;
        let mut fields = signed.inside().expect(SEQUENCE)?.inside();
        fields.optional(VERSION);
        let _serial = fields.next()?;
        let _signature_algorithm = fields.expect(SEQUENCE)?;
        let _issuer = fields.expect(SEQUENCE)?;
        let mut validity = fields.expect(SEQUENCE)?.inside();
        let subject = fields.expect(SEQUENCE)?;
        let public_key = fields.expect(SEQUENCE)?;
        let mut facts = Self {
            not_before: moment(validity.next()?.tag_and_text()?)?,
            not_after: moment(validity.next()?.tag_and_text()?)?,
            names: CertificateNames::default(),
            subject: subject_attributes(subject.inside())?,
            public_key_der: public_key.whole.to_vec(),
            subject_key_identifier: None,
        };
        while !fields.is_empty() {
            let field = fields.next()?;
            if field.tag == EXTENSIONS {
                facts.read_extensions(field.inside().expect(SEQUENCE)?.inside())?;
            }
        }
        Some(facts)
    }

    fn read_extensions(&mut self, mut extensions: Reader<'_>) -> Option<()> {
        while !extensions.is_empty() {
            let mut extension = extensions.expect(SEQUENCE)?.inside();
            let oid = extension.expect(OBJECT_IDENTIFIER)?.content;
            extension.optional(BOOLEAN);
            let mut value = extension.expect(OCTET_STRING)?.inside();
            if oid == SUBJECT_KEY_IDENTIFIER {
                self.subject_key_identifier = Some(value.expect(OCTET_STRING)?.content.to_vec());
            } else if oid == SUBJECT_ALT_NAME {
                self.names = alternative_names(value.expect(SEQUENCE)?.inside())?;
            }
        }
        Some(())
    }
}

impl<'a> der::Element<'a> {
    fn tag_and_text(self) -> Option<(u8, &'a str)> {
        Some((self.tag, std::str::from_utf8(self.content).ok()?))
    }
}

fn subject_attributes(mut sets: Reader<'_>) -> Option<Vec<SubjectAttribute>> {
    let mut attributes = Vec::new();
    while !sets.is_empty() {
        let mut set = sets.expect(SET)?.inside();
        while !set.is_empty() {
            let mut attribute = set.expect(SEQUENCE)?.inside();
            let oid = der::object_identifier(attribute.expect(OBJECT_IDENTIFIER)?.content)?;
            let value = attribute.next()?;
            // Only compared and issued again, so another character set need not be understood here.
            let text = String::from_utf8_lossy(value.content).into_owned();
            attributes.push(SubjectAttribute {
                oid,
                tag: value.tag,
                value: text,
            });
        }
    }
    Some(attributes)
}

fn alternative_names(mut names: Reader<'_>) -> Option<CertificateNames> {
    let mut found = Vec::new();
    while !names.is_empty() {
        let name = names.next()?;
        match name.tag {
            DNS_NAME => {
                let text = std::str::from_utf8(name.content).ok()?.to_ascii_lowercase();
                found.push(CertificateName::Dns(text.into()));
            }
            IP_ADDRESS => found.push(CertificateName::Ip(address(name.content)?)),
            _ => {}
        }
    }
    Some(found.into_iter().collect())
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(octets) {
        return Some(v4.into());
    }
    <[u8; 16]>::try_from(octets).ok().map(IpAddr::from)
}

/// Spec: <https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5>
fn moment((tag, text): (u8, &str)) -> Option<OffsetDateTime> {
    let (year_digits, century) = match tag {
        UTC_TIME => (2, None),
        GENERALIZED_TIME => (4, Some(0)),
        _ => return None,
    };
    let digits = text.strip_suffix('Z')?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.len() != year_digits + 10 {
        return None;
    }
    let (year, rest) = digits.split_at_checked(year_digits)?;
    let year: i32 = year.parse().ok()?;
    let century = century.unwrap_or(if year < 50 { 2000 } else { 1900 });
    let mut pairs = rest
        .as_bytes()
        .chunks(2)
        .map(|pair| std::str::from_utf8(pair).ok()?.parse::<u8>().ok());
    let mut pair = || pairs.next().flatten();
    let (month, day, hour, minute, second) = (pair()?, pair()?, pair()?, pair()?, pair()?);
    let date = Date::from_calendar_date(century + year, Month::try_from(month).ok()?, day).ok()?;
    let time = Time::from_hms(hour, minute, second).ok()?;
    Some(OffsetDateTime::new_utc(date, time))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::format_description::well_known::Rfc3339;

    use super::*;

    fn at(text: &str) -> OffsetDateTime {
        OffsetDateTime::parse(text, &Rfc3339).unwrap()
    }

    #[test]
    fn both_kinds_of_time_are_read() {
        assert_eq!(
            moment((UTC_TIME, "261231235959Z")),
            Some(at("2026-12-31T23:59:59Z"))
        );
        assert_eq!(
            moment((UTC_TIME, "500101000000Z")),
            Some(at("1950-01-01T00:00:00Z"))
        );
        assert_eq!(
            moment((GENERALIZED_TIME, "20510101000000Z")),
            Some(at("2051-01-01T00:00:00Z"))
        );
        for text in [
            "",
            "Z",
            "2612312359Z",
            "261231235959",
            "26123123595éZ",
            "261331000000Z",
            "20510101000000Z",
        ] {
            assert_eq!(moment((UTC_TIME, text)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = CertificateFacts::read(&CertificateDer::from(bytes));
        }

        #[test]
        fn arbitrary_times_never_panic(text in "\\PC{0,16}", tag in any::<u8>()) {
            let _ = moment((tag, &text));
        }
    }
}
