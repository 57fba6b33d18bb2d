//! What kinds of failure there are.

/// What kind of failure an error is: decides the status that a client sees and whether trying again helps.
///
/// Closed on purpose: a new kind must be given a status and a code by everybody who renders errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request is wrong, and stays wrong.
    Invalid,
    /// Nobody says who asks, or the credential is bad.
    Unauthenticated,
    /// The caller may see this, but not do that.
    Forbidden,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// It is at odds with what is stored.
    Conflict,
    /// A condition that the caller set does not hold.
    PreconditionFailed,
    /// It is not offered here.
    Unsupported,
    /// More bytes than allowed.
    TooLarge,
    /// A part that the content does not have, or out of order.
    RangeUnsatisfiable,
    /// Too much at once.
    TooManyRequests,
    /// Our own parts are away for now.
    Unavailable,
    /// An upstream answered with nonsense, or not at all.
    UpstreamFailed,
    /// An upstream took too long.
    UpstreamTimeout,
    /// An upstream is not waited for any longer now: trying again soon may help.
    UpstreamAway,
    /// There is no room left.
    StorageFull,
    /// A defect of ours.
    Internal,
}
