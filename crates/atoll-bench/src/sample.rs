//! Runs that alternate, and their medians.

use std::time::Instant;

use anyhow::Result;

use crate::process::{Tree, own_cpu_seconds};

/// One run of one contestant.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    /// How long it took.
    pub(crate) seconds: f64,
    /// How many bytes of bodies moved.
    pub(crate) bytes: u64,
    /// How many requests were answered.
    pub(crate) requests: u64,
    /// CPU seconds of the server.
    pub(crate) server_cpu: f64,
    /// CPU seconds of the client.
    pub(crate) client_cpu: f64,
    /// The latency that one request in a hundred exceeds, in milliseconds, where it was measured.
    pub(crate) p99_millis: f64,
}

/// What a client has done in one run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) bytes: u64,
    pub(crate) requests: u64,
    pub(crate) p99_millis: f64,
}

impl Sample {
    /// Runs a client against a server and counts what both needed.
    pub(crate) async fn take(
        server: Tree,
        work: impl Future<Output = Result<Done>>,
    ) -> Result<Self> {
        let (server_before, client_before) = (server.cpu_seconds(), own_cpu_seconds());
        let started = Instant::now();
        let done = work.await?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(Self {
            seconds,
            bytes: done.bytes,
            requests: done.requests,
            server_cpu: server.cpu_seconds() - server_before,
            client_cpu: own_cpu_seconds() - client_before,
            p99_millis: done.p99_millis,
        })
    }

    pub(crate) fn gb_per_second(&self) -> f64 {
        self.bytes as f64 / 1e9 / self.seconds
    }

    pub(crate) fn cpu_seconds_per_gb(&self) -> f64 {
        self.server_cpu / (self.bytes as f64 / 1e9)
    }

    pub(crate) fn requests_per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }

    pub(crate) fn cpu_micros_per_request(&self) -> f64 {
        self.server_cpu * 1e6 / self.requests as f64
    }

    /// How much of one core the client took: near 1 for a client of one thread, the client is the limit.
    pub(crate) fn client_cores(&self) -> f64 {
        self.client_cpu / self.seconds
    }
}

/// All runs of one contestant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series(Vec<Sample>);

impl Series {
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// The median of a figure over the runs.
    pub(crate) fn median(&self, figure: impl Fn(&Sample) -> f64) -> f64 {
        median(self.0.iter().map(figure).collect())
    }
}

/// The middle one; the mean of the two middle ones of an even number.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
    let middle = figures.len() / 2;
    if figures.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}

/// Two contestants in turns, the order reversed every round: `A B B A A B …`. The first round warms up and does not count.
pub(crate) async fn alternate<A, B>(
    runs: usize,
    mut one: impl FnMut() -> A,
    mut other: impl FnMut() -> B,
) -> Result<(Series, Series)>
where
    A: Future<Output = Result<Sample>>,
    B: Future<Output = Result<Sample>>,
{
    let (mut ones, mut others) = (Series::default(), Series::default());
    for round in 0..=runs {
        let (first, second) = if round % 2 == 0 {
            let first = one().await?;
            (first, other().await?)
        } else {
            let second = other().await?;
            (one().await?, second)
        };
        if round > 0 {
            ones.push(first);
            others.push(second);
        }
    }
    Ok((ones, others))
}
