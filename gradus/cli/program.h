#pragma once

namespace gradus::cli {

/// The whole program: reads the command line, runs the command, and returns the exit code.
int run_program(int argc, const char* const* argv);

}  // namespace gradus::cli
