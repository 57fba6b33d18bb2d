mod component;
mod hostname;
mod provider;
