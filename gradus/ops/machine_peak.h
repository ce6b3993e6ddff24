#pragma once

namespace gradus {

/// What the machine can do at this moment, to set beside a measurement of the same run. Each is the
/// best of several tries of a few milliseconds on `threads` threads together.

/// f32 multiply-adds in registers, counted as two operations each, with the widest vectors that the
/// library's kernels use here. GFLOP/s.
double multiply_add_peak(int threads = 1);

/// Bytes read plus bytes written by copying 64 MiB that no cache holds. GB/s.
double copy_peak(int threads = 1);

/// Both, measured together.
struct MachinePeak {
  double multiply_add = 0;  ///< GFLOP/s
  double copy = 0;          ///< GB/s
  int threads = 1;
};
MachinePeak measure_machine_peak(int threads);

}  // namespace gradus
