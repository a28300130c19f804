//! `.state.json`: what this run has made, written down before and after.
