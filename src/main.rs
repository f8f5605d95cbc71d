//! The binary: hands the arguments to [`watchfloor::cli`] and turns its answer into an exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    watchfloor::cli::main()
}
