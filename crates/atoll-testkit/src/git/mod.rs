//! A git server: real repositories, served over https by git's own program, that can misbehave on demand.

mod cgi;
mod repository;
mod server;

pub use repository::{GitRepository, git_program};
pub use server::{GitRequest, GitServer};
