//! From a cloud's name to its provider.
