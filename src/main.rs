use std::process::ExitCode;

fn main() -> ExitCode {
    imgctl::cli::main()
}
