//! What the command line understands.

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::*;
use crate::config::Environment;
use crate::output::BAD_USAGE;

fn parse(line: &str) -> Result<Command, clap::Error> {
    Cli::try_parse_from(["atoll"].into_iter().chain(line.split_whitespace())).map(|cli| cli.command)
}

fn target(line: &str) -> TargetArgs {
    match parse(line).unwrap() {
        Command::List(args) => args.target,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_shows_an_example() {
    fn check(command: &clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        assert!(
            command.get_about().is_some(),
            "{path} says nothing of itself"
        );
        if command.get_subcommands().next().is_none() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let example = format!("{path} ").trim_end().to_owned();
            assert!(
                help.contains("Example") && help.contains(&example),
                "{path} has no example: {help}"
            );
        }
        for argument in command
            .get_arguments()
            .filter(|argument| !argument.is_hide_set())
        {
            assert!(
                argument.get_help().is_some(),
                "{path}: {} is not explained",
                argument.get_id()
            );
        }
        for sub in command.get_subcommands() {
            check(sub, &path);
        }
    }
    check(&Cli::command(), "");
    // The first path begins with a space.
    assert_eq!(Cli::command().get_name(), "atoll");
}

#[test]
fn tokens_are_created_with_scopes() {
    let command =
        parse("token create --name ci --scope push:acme/* --scope pull:* --expires-in 90d")
            .unwrap();
    let Command::Token(TokenCommand::Create(args)) = command else {
        panic!("{command:?}")
    };
    assert_eq!(
        args.scopes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["push:acme/*", "pull:*"]
    );
    assert_eq!(args.expires_in, Some(90 * 24 * 60 * 60));
}

#[test]
fn bad_usage_is_told_apart_from_help() {
    for line in [
        "",
        "nonsense",
        "token create --name x",
        "token create --scope admin",
        "token create --name x --scope nonsense",
        "token create --name x --scope admin --expires-in soon",
        "token create --name x --scope admin --expires-in 0d",
        "token revoke",
        "provider publish dist --address acme/x --version 1",
        "provider publish --address acme/x --version 1.0.0",
        "provider key add acme",
        "list --server https://a --data-dir /x",
        "list --token x --config /x",
        "gc --grace",
        "module publish vpc --version 1.0.0",
        "module publish vpc --address a/b/c --version 1",
        "module deprecate a/b/c",
        "module delete a/b/c",
        "mirror sync --select a//b",
        "mirror sync --platform linux",
        "mirror sync --upstream https://x",
        "repository show Acme",
        "repository set acme/app",
        "repository set acme/app --visibility secret",
        "repository set acme/app --immutable-tags",
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), i32::from(BAD_USAGE), "{line}: {error}");
    }
    for line in [
        "--help",
        "--version",
        "token --help",
        "provider publish --help",
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!(error.exit_code(), 0, "{line}");
        assert!(matches!(
            error.kind(),
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
        ));
    }
}

#[test]
fn flags_go_before_variables() {
    let environment = Environment::fixed([
        ("ATOLL_SERVER", "https://env.example"),
        ("ATOLL_TOKEN", "t1"),
        ("ATOLL_CA", "/ca.pem"),
    ]);
    let resolved = |line: &str| target(line).resolve(&environment).unwrap();
    match resolved("list") {
        Target::Remote { url, token, ca } => {
            assert_eq!(url.as_str(), "https://env.example/");
            assert_eq!((token.as_deref(), ca), (Some("t1"), Some("/ca.pem".into())));
        }
        Target::Local(_) => panic!("the variable names a server"),
    }
    match resolved("list --server https://flag.example:8443/atoll --token t2") {
        Target::Remote { url, token, .. } => {
            assert_eq!(url.as_str(), "https://flag.example:8443/atoll/");
            assert_eq!(token.as_deref(), Some("t2"));
        }
        Target::Local(_) => panic!("the flag names a server"),
    }
    assert!(
        matches!(resolved("list --data-dir /data"), Target::Local(overrides) if overrides.data_dir == Some("/data".into()))
    );
    let nothing = Environment::fixed([]);
    assert!(matches!(
        target("list").resolve(&nothing).unwrap(),
        Target::Local(_)
    ));
    assert!(target("list --token t").resolve(&nothing).is_err());
}

#[test]
fn a_server_is_named_by_its_address() {
    let nothing = Environment::fixed([]);
    for (text, url) in [
        ("atoll.example.com", "https://atoll.example.com/"),
        ("atoll.example.com:8443", "https://atoll.example.com:8443/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x/"),
    ] {
        match target(&format!("list --server {text}")).resolve(&nothing) {
            Ok(Target::Remote { url: resolved, .. }) => assert_eq!(resolved.as_str(), url),
            other => panic!("{text}: {other:?}"),
        }
    }
    for text in [
        "ftp://x",
        "https://",
        "https://user:secret@x",
        "https://x?y",
        "https://x#y",
        "https://x y",
    ] {
        let args = TargetArgs {
            server: Some(text.to_owned()),
            ..TargetArgs::default()
        };
        let error = args.resolve(&nothing).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn what_serve_is_told_goes_above_the_file() {
    let command = parse("serve --listen 0.0.0.0:1 --offline --no-tls --data-dir /d --public-url https://a --log-format json").unwrap();
    let Command::Serve(args) = command else {
        panic!("{command:?}")
    };
    let overrides = args.overrides();
    assert_eq!(overrides.listen.as_deref(), Some("0.0.0.0:1"));
    assert!(overrides.offline && overrides.no_tls);
    assert_eq!(overrides.data_dir, Some("/d".into()));
    assert_eq!(overrides.public_url.as_deref(), Some("https://a"));
    assert_eq!(overrides.log_format.as_deref(), Some("json"));
}
