//! Real clients, each against a server with TLS from its own authority and tokens as passwords.
//!
//! A client runs in a home of its own with an environment of its own, and a daemon in namespaces of its own besides: nothing
//! of the machine is changed, and nothing outlives its test.

mod containerd;
mod curl;
mod daemon;
mod docker;
mod helm;
mod image;
mod layout;
mod oras;
mod podman;
mod providers;
mod push;
mod relay;
mod skopeo;
mod world;
