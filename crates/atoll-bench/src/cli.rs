//! The command line.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use tempfile::TempDir;

use crate::report::{self, Row};
use crate::scenarios;
use crate::store::{self, Size};

/// Measures Atoll next to nginx and docker-registry.
#[derive(Parser)]
#[command(version, after_help = "Example: atoll-bench --runs 7 zip-tls --json")]
pub(crate) struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What all scenarios share.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The atoll program.
    #[arg(long, global = true, default_value = "target/release/atoll")]
    pub(crate) atoll: PathBuf,
    /// How often each contestant runs; the median counts.
    #[arg(long, global = true, default_value_t = 5)]
    pub(crate) runs: usize,
    /// How long one run of requests takes, in seconds.
    #[arg(long, global = true, default_value_t = 3)]
    pub(crate) seconds: u64,
    /// The size of the zip, in MB.
    #[arg(long, global = true, default_value_t = 150)]
    pub(crate) zip_mb: usize,
    /// Where stores and logs are put; a directory on a disk, or syncing costs nothing.
    #[arg(long, global = true)]
    pub(crate) dir: Option<PathBuf>,
    /// Prints a JSON object for each row in the place of a table.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// One zip over TLS, next to nginx
    ZipTls,
    /// One zip over plain HTTP/1, next to nginx with sendfile
    ZipPlain,
    /// One zip whose pages are dropped from the page cache before each run
    ZipCold,
    /// 64 clients that read slowly
    SlowReaders,
    /// index.json, /versions and VERSION.json of a provider with 1,000 versions, /versions of a module with 500, next to the same bytes as files of nginx
    Lists,
    /// Downloads of a module's package, as zip-tls and zip-plain do
    ModuleZip,
    /// Publishing a registry of 84 modules and 466 versions, one after the other
    Modules,
    /// Pulls and pushes, next to docker-registry
    Oci,
    /// What a push syncs, seen by strace
    Syncs,
    /// PUT of a 100 MB blob, next to what OpenSSL hashes on one core
    Ingest,
    /// The first download of a zip that an upstream has, next to a download from there
    Miss {
        /// The sizes of the zips, in MB.
        #[arg(long, value_delimiter = ',', default_values_t = [150, 700])]
        sizes_mb: Vec<usize>,
    },
    /// Two stores, small and large: start-up, memory, latencies
    Growth {
        /// How many repositories the stores have.
        #[arg(long, value_delimiter = ',', default_values_t = [1_000, 100_000])]
        repositories: Vec<usize>,
    },
    /// All of them
    All,
    /// Fills a data directory with repositories and provider versions
    Generate {
        /// The data directory; `atoll serve` can be started on it.
        #[arg(long)]
        into: PathBuf,
        /// Repositories: half of them images, half of them providers.
        #[arg(long)]
        repositories: usize,
        /// Versions of all providers together.
        #[arg(long)]
        versions: usize,
    },
    /// What the harness starts as a child
    #[command(hide = true, subcommand)]
    Child(crate::peers::ChildCommand),
}

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> Result<()> {
    // One thread: a client that moved between cores would disturb the server more than it has to.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match cli.command {
        Command::Child(command) => tokio::runtime::Runtime::new()?.block_on(command.run()),
        Command::Generate {
            into,
            repositories,
            versions,
        } => runtime.block_on(store::generate(
            &into,
            Size {
                repositories,
                versions,
            },
        )),
        command => {
            let mut options = cli.options;
            let dir = work_dir(&options)?;
            options.dir = Some(dir.path().to_owned());
            for scenario in scenarios_of(&command) {
                report::note(&format!("{} …", scenario.name));
                let rows = runtime
                    .block_on((scenario.run)(&options))
                    .with_context(|| format!("scenario {}", scenario.name))?;
                report::print(&rows, options.json)?;
            }
            Ok(())
        }
    }
}

fn work_dir(options: &Options) -> Result<TempDir> {
    let made = match &options.dir {
        Some(dir) => tempfile::Builder::new()
            .prefix("atoll-bench-")
            .tempdir_in(dir),
        None => tempfile::Builder::new().prefix("atoll-bench-").tempdir(),
    };
    made.context("failed to make a directory for stores and logs")
}

type Running<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Vec<Row>>> + 'a>>;

struct Scenario {
    name: &'static str,
    run: Box<dyn Fn(&Options) -> Running<'_>>,
}

macro_rules! scenario {
    ($name:literal, $function:path) => {
        Scenario {
            name: $name,
            run: Box::new(|options| Box::pin($function(options))),
        }
    };
}

fn scenarios_of(command: &Command) -> Vec<Scenario> {
    let miss = |sizes: Vec<usize>| Scenario {
        name: "miss",
        run: Box::new(move |options| Box::pin(scenarios::miss::run(options, sizes.clone()))),
    };
    let growth = |sizes: Vec<usize>| Scenario {
        name: "growth",
        run: Box::new(move |options| Box::pin(scenarios::growth::run(options, sizes.clone()))),
    };
    match command {
        Command::ZipTls => vec![scenario!("zip-tls", scenarios::zip::tls)],
        Command::ZipPlain => vec![scenario!("zip-plain", scenarios::zip::plain)],
        Command::ZipCold => vec![scenario!("zip-cold", scenarios::zip::cold)],
        Command::SlowReaders => vec![scenario!("slow-readers", scenarios::slow_readers::run)],
        Command::Lists => vec![scenario!("lists", scenarios::lists::run)],
        Command::ModuleZip => vec![scenario!("module-zip", scenarios::zip::module)],
        Command::Modules => vec![scenario!("modules", scenarios::modules::run)],
        Command::Oci => vec![scenario!("oci", scenarios::oci::run)],
        Command::Syncs => vec![scenario!("syncs", scenarios::syncs::run)],
        Command::Ingest => vec![scenario!("ingest", scenarios::ingest::run)],
        Command::Miss { sizes_mb } => vec![miss(sizes_mb.clone())],
        Command::Growth { repositories } => vec![growth(repositories.clone())],
        Command::All => vec![
            scenario!("zip-tls", scenarios::zip::tls),
            scenario!("zip-plain", scenarios::zip::plain),
            scenario!("zip-cold", scenarios::zip::cold),
            scenario!("slow-readers", scenarios::slow_readers::run),
            scenario!("lists", scenarios::lists::run),
            scenario!("module-zip", scenarios::zip::module),
            scenario!("modules", scenarios::modules::run),
            scenario!("oci", scenarios::oci::run),
            scenario!("syncs", scenarios::syncs::run),
            scenario!("ingest", scenarios::ingest::run),
            miss(vec![150, 700]),
            growth(vec![1_000, 100_000]),
        ],
        Command::Generate { .. } | Command::Child(_) => Vec::new(),
    }
}
