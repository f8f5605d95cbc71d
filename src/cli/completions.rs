//! `watchfloor completions SHELL` and `watchfloor man`.

use std::io::Write as _;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Exit, args::Cli, output};

pub(super) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "watchfloor", &mut script);
    print(&script)
}

/// Prints the manual page in roff: the program, then a section per command.
pub(super) fn man() -> anyhow::Result<Exit> {
    // The page is the same for every build.
    let mut program = Cli::command().long_version(None);
    program.build();
    let page = Man::new(program.clone());
    let mut out = Vec::new();
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    writeln!(out, ".SH COMMANDS")?;
    commands(&program, &mut out)?;
    page.render_extra_section(&mut out)?;
    page.render_version_section(&mut out)?;
    print(&out)
}

/// The purpose of each command below `parent`, and its own options.
fn commands(parent: &Command, out: &mut Vec<u8>) -> std::io::Result<()> {
    for command in parent.get_subcommands().filter(|c| c.get_name() != "help") {
        if command.has_subcommands() {
            commands(command, out)?;
            continue;
        }
        let own = command.clone().mut_args(|arg| {
            let shared = arg.is_global_set() || ["help", "version"].contains(&arg.get_id().as_str());
            arg.hide(shared)
        });
        let mut page = Vec::new();
        let man = Man::new(own);
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
        writeln!(out, ".SS \"{name}\"")?;
        let page = String::from_utf8_lossy(&page).into_owned();
        for line in page.lines() {
            match line {
                ".SH SYNOPSIS" => {}
                line if line.starts_with(".SH") => writeln!(out, ".PP")?,
                line => writeln!(out, "{line}")?,
            }
        }
    }
    Ok(())
}

fn print(bytes: &[u8]) -> anyhow::Result<Exit> {
    let mut out = output::stdout();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}
