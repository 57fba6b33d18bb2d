//! Decompression.

use std::io::{self, BufRead, BufReader, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::getter::ArchiveFormat;
use crate::module::package::limits::WINDOW_BYTES_MAX;
use crate::module::package::spool::COPY_BYTES;

/// The tar inside a file of this format. All decoders go on with what was appended to the first stream, as their programs do.
pub(super) fn decoder<'r>(format: ArchiveFormat, packed: impl Read + 'r) -> Box<dyn Read + 'r> {
    let packed = BufReader::with_capacity(COPY_BYTES, packed);
    match format {
        ArchiveFormat::Zip | ArchiveFormat::Tar => Box::new(packed),
        ArchiveFormat::TarGz => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        ArchiveFormat::TarXz => Box::new(lzma_rust2::XzReader::new_mem_limit(
            packed,
            true,
            WINDOW_BYTES_MAX >> 10,
        )),
        ArchiveFormat::TarBz2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        ArchiveFormat::TarZst => Box::new(Frames::new(packed)),
    }
}

/// The frames of a zstd file, one after the other. The library decodes one, and leaves its sum to the caller.
///
/// Spec: <https://www.rfc-editor.org/rfc/rfc8878#section-3.1>
struct Frames<R> {
    packed: R,
    decoder: FrameDecoder,
    is_open: bool,
}

impl<R: BufRead> Frames<R> {
    fn new(packed: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES_MAX.into());
        Self {
            packed,
            decoder,
            is_open: false,
        }
    }

    /// Begins the next frame, if there is one.
    fn open(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => {
                    self.is_open = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let mut skipped = Read::take(&mut self.packed, length.into());
                    io::copy(&mut skipped, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Ends a frame that was read to its end.
    fn close(&mut self) -> io::Result<()> {
        let expected = self.decoder.get_checksum_from_data();
        if expected.is_some() && expected != self.decoder.get_calculated_checksum() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the sum of a frame is wrong",
            ));
        }
        self.is_open = false;
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.is_open && !self.open()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.packed, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let count = self.decoder.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            self.close()?;
        }
    }
}
