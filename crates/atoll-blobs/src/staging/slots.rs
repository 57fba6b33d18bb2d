//! Who writes to which upload.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

use super::UploadId;
use super::writer::Writer;
use crate::BlobError;
use crate::sync::lock;

/// How many idle uploads keep their hash state and open file. The others hash their file again when they come back.
const PARKED_MAX: usize = 256;

/// One writer at a time for each upload; in between, its state is parked here.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: Mutex<HashMap<UploadId, Slot>>,
    /// Told whenever an upload was given back.
    given_back: Notify,
}

#[derive(Debug)]
enum Slot {
    Busy,
    Parked { writer: Box<Writer>, since: Instant },
}

impl Slots {
    /// Takes an upload for oneself, with its parked state where there is one.
    pub(crate) fn take(
        self: &Arc<Self>,
        id: UploadId,
    ) -> Result<(Lease, Option<Writer>), BlobError> {
        let mut slots = lock(&self.slots);
        let parked = match slots.insert(id, Slot::Busy) {
            Some(Slot::Busy) => return Err(BlobError::UploadBusy { id }),
            Some(Slot::Parked { writer, .. }) => Some(*writer),
            None => None,
        };
        Ok((
            Lease {
                slots: Arc::clone(self),
                id,
            },
            parked,
        ))
    }

    /// As [`Self::take`], but waits for whoever has the upload, and for others who are quicker then, so long in all.
    pub(crate) async fn take_within(
        self: &Arc<Self>,
        id: UploadId,
        patience: Duration,
    ) -> Result<(Lease, Option<Writer>), BlobError> {
        let turn = async {
            loop {
                // From before the look, so that what is given back between the two is not missed.
                let given_back = self.given_back.notified();
                match self.take(id) {
                    Err(BlobError::UploadBusy { .. }) => given_back.await,
                    taken => return taken,
                }
            }
        };
        timeout(patience, turn)
            .await
            .unwrap_or(Err(BlobError::UploadBusy { id }))
    }
}

/// The right to write to an upload, until this is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    slots: Arc<Slots>,
    id: UploadId,
}

impl Lease {
    /// Gives the upload back, with its state for who comes next.
    pub(crate) fn park(self, writer: Writer) {
        let mut slots = lock(&self.slots.slots);
        if slots.len() >= PARKED_MAX {
            let idle = slots.iter().filter_map(|(id, slot)| match slot {
                // One that is still writing can't be taken up again from its file yet.
                Slot::Parked { writer, since } if !writer.is_working() => Some((*since, *id)),
                _ => None,
            });
            if let Some((_, oldest)) = idle.min() {
                slots.remove(&oldest);
            }
        }
        slots.insert(
            self.id,
            Slot::Parked {
                writer: Box::new(writer),
                since: Instant::now(),
            },
        );
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut slots = lock(&self.slots.slots);
        if let Some(Slot::Busy) = slots.get(&self.id) {
            slots.remove(&self.id);
        }
        drop(slots);
        self.slots.given_back.notify_waiters();
    }
}
