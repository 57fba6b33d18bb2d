//! Route tables that can be read back, so that a test can try every route there is.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, head, patch, post, put};
use http::{HeaderName, HeaderValue, Method};

use crate::state::Server;

/// A protocol's routes: what the router serves, and the same as a list.
pub(crate) struct Routes {
    router: Router<Server>,
    list: Vec<(Method, &'static str)>,
}

macro_rules! methods {
    ($($name:ident = $method:ident;)*) => {$(
        pub(crate) fn $name<H: Handler<T, Server>, T: 'static>(self, path: &'static str, handler: H) -> Self {
            self.add(Method::$method, path, $name(handler))
        }
    )*};
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self {
            router: Router::new(),
            list: Vec::new(),
        }
    }

    methods! { get = GET; head = HEAD; post = POST; put = PUT; patch = PATCH; delete = DELETE; }

    fn add(mut self, method: Method, path: &'static str, handler: MethodRouter<Server>) -> Self {
        self.list.push((method, path));
        Self {
            router: self.router.route(path, handler),
            list: self.list,
        }
    }

    /// Answers requests whose path is one of these routes' and whose method is none of theirs.
    pub(crate) fn other_methods<H: Handler<T, Server>, T: 'static>(self, handler: H) -> Self {
        Self {
            router: self.router.method_not_allowed_fallback(handler),
            list: self.list,
        }
    }

    /// Adds a header to all answers of these routes, errors included.
    pub(crate) fn answer_header(self, name: HeaderName, value: HeaderValue) -> Self {
        let layer =
            axum::middleware::map_response(move |mut response: axum::response::Response| {
                response.headers_mut().insert(name.clone(), value.clone());
                std::future::ready(response)
            });
        Self {
            router: self.router.layer(layer),
            list: self.list,
        }
    }

    /// These routes and others.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        Self {
            router: self.router.merge(other.router),
            list: self.list,
        }
    }

    /// Every route: method and path template.
    pub(crate) fn list(&self) -> &[(Method, &'static str)] {
        &self.list
    }

    /// The router that serves them.
    pub(crate) fn into_router(self) -> Router<Server> {
        self.router
    }
}
