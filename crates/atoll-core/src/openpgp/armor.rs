use std::io::Read;

use pgp::armor::{BlockType, Dearmor, DearmorOptions};
use pgp::packet::{Packet, PacketParser};

use super::public_key::KeyError;
use super::{KEY_BYTES_MAX, KEY_PACKETS_MAX};

const BEGIN: &str = "-----BEGIN PGP ";
const END: &str = "-----END PGP ";

/// The armored blocks of a text, each from its first to its last line; what stands between them is left out.
pub(super) fn blocks(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut start = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let end = offset + line.len();
        if line.starts_with(BEGIN) {
            start = Some(offset);
        } else if line.starts_with(END)
            && let Some(block) = start.take().and_then(|start| text.get(start..end))
        {
            blocks.push(block);
        }
        offset = end;
    }
    blocks
}

/// The bytes inside one armored block of public keys.
///
/// Refuses secret key material wherever it stands: the caller is about to publish what it was given.
pub(super) fn public_packets(block: &str) -> Result<Vec<u8>, KeyError> {
    let (kind, bytes) = dearmor(block)?;
    match kind {
        BlockType::PublicKey => {}
        BlockType::PrivateKey => return Err(KeyError::Secret),
        other => return Err(KeyError::WrongBlock(other.to_string().into())),
    }
    for (count, packet) in PacketParser::new(bytes.as_slice()).enumerate() {
        if count >= KEY_PACKETS_MAX {
            return Err(KeyError::TooManyPackets);
        }
        if let Ok(Packet::SecretKey(_) | Packet::SecretSubkey(_)) = packet {
            return Err(KeyError::Secret);
        }
    }
    Ok(bytes)
}

/// The kind of one armored block and the bytes in it.
pub(super) fn dearmor(block: &str) -> Result<(BlockType, Vec<u8>), KeyError> {
    let options = DearmorOptions::new().set_limit(KEY_BYTES_MAX);
    let mut reader = Dearmor::with_options(block.as_bytes(), options);
    reader
        .read_header()
        .map_err(|source| KeyError::Malformed(Box::new(source)))?;
    let kind = reader.typ.ok_or(KeyError::NotArmored)?;
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(KeyError::Armor)?;
    Ok((kind, bytes))
}
