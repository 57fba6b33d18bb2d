//! Reading the entries of every format.

mod decoder;
mod extension;
mod stream;
mod tar;
mod zip;

pub(super) use tar::read_tar;
pub(super) use zip::read_zip;
