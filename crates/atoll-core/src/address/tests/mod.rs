mod component;
mod hostname;
mod module;
mod provider;
