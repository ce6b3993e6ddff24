#pragma once

#include <string>

#include <CLI/App.hpp>

namespace gradus::cli {

/// How an option is called: "--out DIR", or "RUN" for an argument.
std::string usage_name(const CLI::Option& option);

/// What --help prints for the program or one of its commands: what it does, how it is called, its
/// arguments and options, and its footer, which is an example.
std::string help_text(const CLI::App& app);

}  // namespace gradus::cli
