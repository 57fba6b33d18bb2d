//! Black-box tests of Atoll over real sockets, and with real clients.
