//! How long servers have to answer before a person is told what is waited for.

use std::time::Duration;

/// For name resolution, TCP and TLS.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// After this a request without an answer is told; a connection that fails is told by then.
const QUIET: Duration = Duration::from_secs(9);

/// The result of `work`; `tell` is called once, if it takes long.
pub async fn patiently<T>(work: impl Future<Output = T>, tell: impl FnOnce()) -> T {
    within(QUIET, work, tell).await
}

async fn within<T>(quiet: Duration, work: impl Future<Output = T>, tell: impl FnOnce()) -> T {
    tokio::pin!(work);
    if let Ok(done) = tokio::time::timeout(quiet, &mut work).await {
        return done;
    }
    tell();
    work.await
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn a_connection_is_given_up_before_ten_seconds_are_over() {
        assert!(CONNECT_TIMEOUT < QUIET && QUIET < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn only_what_takes_long_is_told() {
        let mut told = false;
        assert_eq!(patiently(async { 1 }, || told = true).await, 1);
        assert!(!told);
        // It ends only once it was told.
        let (sender, receiver) = oneshot::channel();
        let done = within(Duration::ZERO, receiver, || sender.send(2).unwrap()).await;
        assert_eq!(done, Ok(2));
    }
}
