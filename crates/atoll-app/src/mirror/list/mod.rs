//! Lists of versions: upstream's own while it answers, else what is held.

mod answer;
mod known;

pub(super) use known::PermittedList;
