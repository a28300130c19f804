//! One call into the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    imgctl::cli::main()
}
