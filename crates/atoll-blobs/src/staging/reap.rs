//! Removes what nobody came back for.

use std::fs::{self, DirEntry};
use std::io;
use std::time::{Duration, SystemTime};

use super::UploadId;
use crate::BlobError;
use crate::layout::remove_file;
use crate::local::Local;

/// Removes up to `limit` staged files that nobody has written to for `idle`, whatever made them, and says whose they were.
pub(crate) fn reap(
    local: &Local,
    idle: Duration,
    limit: usize,
) -> Result<Vec<UploadId>, BlobError> {
    let (staging, before) = (local.layout.staging(), SystemTime::now().checked_sub(idle));
    let failed = |source| BlobError::io("list", &staging, source);
    let mut reaped = Vec::new();
    let mut removed = 0;
    for entry in fs::read_dir(&staging).map_err(failed)? {
        if removed == limit {
            break;
        }
        let entry = entry.map_err(failed)?;
        if !is_idle(&entry, before).map_err(failed)? {
            continue;
        }
        let id = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<UploadId>().ok());
        let gone = match id {
            Some(id) => remove_upload(local, id, &entry, before)?,
            None => remove_file(&entry.path())?,
        };
        if gone {
            removed += 1;
            reaped.extend(id);
        }
    }
    Ok(reaped)
}

/// How many staged files nobody has written to for `idle`.
pub(crate) fn count_idle(local: &Local, idle: Duration) -> Result<usize, BlobError> {
    let (staging, before) = (local.layout.staging(), SystemTime::now().checked_sub(idle));
    let failed = |source| BlobError::io("list", &staging, source);
    let mut count = 0;
    for entry in fs::read_dir(&staging).map_err(failed)? {
        if is_idle(&entry.map_err(failed)?, before).map_err(failed)? {
            count += 1;
        }
    }
    Ok(count)
}

/// Removes an upload that nobody writes to.
fn remove_upload(
    local: &Local,
    id: UploadId,
    entry: &DirEntry,
    before: Option<SystemTime>,
) -> Result<bool, BlobError> {
    // Held while the file goes, so that nobody resumes it meanwhile.
    let Ok((lease, parked)) = local.slots.take(id) else {
        return Ok(false);
    };
    let path = entry.path();
    let idle = is_idle(entry, before).map_err(|source| BlobError::io("look at", &path, source))?;
    if !idle || parked.as_ref().is_some_and(super::Writer::is_working) {
        if let Some(writer) = parked {
            lease.park(writer);
        }
        return Ok(false);
    }
    remove_file(&path)
}

/// Whether the file was last written before that time. One that has just gone is not idle.
fn is_idle(entry: &DirEntry, before: Option<SystemTime>) -> io::Result<bool> {
    match entry.metadata().and_then(|metadata| metadata.modified()) {
        Ok(modified) => Ok(before.is_some_and(|before| modified <= before)),
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(source),
    }
}
