#include "gradus/ops/patches.h"

#include <algorithm>
#include <cstring>

namespace gradus {

template <class T>
Patches<T>::Patches(const ConvolutionSizes& sizes, const T* map, std::int64_t group)
    : sizes_(sizes),
      map_(map),
      channels_(sizes.in / sizes.groups),
      first_channel_(group * channels_),
      step_{sizes.x[1] * sizes.x[2] * sizes.in, sizes.x[2] * sizes.in, sizes.in} {}

template <class T>
typename Patches<T>::Runs Patches<T>::list_runs(std::int64_t column, std::int64_t columns,
                                                std::int64_t rows, std::int64_t panel) const {
  Runs runs;
  const std::int64_t end = column + columns;
  runs.reserve(static_cast<std::size_t>(columns / channels_ + columns / panel + 2));
  for (std::int64_t j = column; j < end;) {
    const std::int64_t tap = j / channels_, channel = j % channels_;
    const std::int64_t in_panel = (j - column) % panel;
    const Spatial at{tap / (sizes_.kernel[1] * sizes_.kernel[2]),
                     tap / sizes_.kernel[2] % sizes_.kernel[1], tap % sizes_.kernel[2]};
    Run run;
    run.from = channel;
    for (std::size_t i = 0; i < 3; ++i) {
      run.tap[i] = at[i] * sizes_.dilation[i];
      run.from += run.tap[i] * step_[i];
    }
    run.to = (j - column) / panel * rows * panel + in_panel;
    run.count = std::min({channels_ - channel, panel - in_panel, end - j});
    runs.push_back(run);
    j += run.count;
  }
  return runs;
}

template <class T>
typename Patches<T>::Line Patches<T>::line_at(std::int64_t row, std::int64_t end) const {
  const std::int64_t position = row % sizes_.positions();
  const Spatial at{position / (sizes_.y[1] * sizes_.y[2]), position / sizes_.y[2] % sizes_.y[1],
                   position % sizes_.y[2]};
  Line line{row, std::min(end - row, sizes_.y[2] - at[2]), {}, 0};
  line.offset = first_channel_ + row / sizes_.positions() * sizes_.x[0] * step_[0];
  for (std::size_t i = 0; i < 3; ++i) {
    line.at[i] = at[i] * sizes_.stride[i] - sizes_.before[i];
    line.offset += line.at[i] * step_[i];
  }
  return line;
}

template <class T>
typename Patches<T>::Part Patches<T>::inside(const Line& line, const Run& run) const {
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t at = line.at[i] + run.tap[i];
    if (at < 0 || at >= sizes_.x[i]) return {0, 0};
  }
  const std::int64_t first = line.at[2] + run.tap[2], stride = sizes_.stride[2];
  const std::int64_t before = first < 0 ? (-first + stride - 1) / stride : 0;
  const std::int64_t until = first < sizes_.x[2] ? (sizes_.x[2] - 1 - first) / stride + 1 : 0;
  const std::int64_t end = std::min(until, line.count);
  return {std::min(before, end), end};
}

namespace {

/// Copies `kCount` neighbours (or `count`, if kCount is 0) at each of some positions.
template <std::int64_t kCount, class T>
void copy_positions(const T* from, std::int64_t from_step, T* to, std::int64_t to_step,
                    std::int64_t positions, std::int64_t count) {
  for (std::int64_t i = 0; i < positions; ++i, from += from_step, to += to_step) {
    if constexpr (kCount > 0) {
      std::memcpy(to, from, kCount * sizeof(T));
    } else {
      for (std::int64_t j = 0; j < count; ++j) to[j] = from[j];
    }
  }
}

template <class T>
void copy_run(const T* from, std::int64_t from_step, T* to, std::int64_t to_step,
              std::int64_t positions, std::int64_t count) {
  const auto copy = count == 16  ? copy_positions<16, T>
                    : count == 8 ? copy_positions<8, T>
                    : count == 1 ? copy_positions<1, T>
                                 : copy_positions<0, T>;
  copy(from, from_step, to, to_step, positions, count);
}

template <class T>
void clear_run(T* to, std::int64_t to_step, std::int64_t positions, std::int64_t count) {
  for (std::int64_t i = 0; i < positions; ++i, to += to_step) std::fill_n(to, count, T(0));
}

}  // namespace

template <class T>
void Patches<T>::write(std::int64_t row, std::int64_t rows, std::int64_t column,
                       std::int64_t columns, std::int64_t panel, std::byte* bytes) const {
  T* to = reinterpret_cast<T*>(bytes);
  const Runs runs = list_runs(column, columns, rows, panel);
  const std::int64_t step = sizes_.stride[2] * step_[2], end = row + rows;
  for (std::int64_t at = row; at < end;) {
    const Line line = line_at(at, end);
    const T* from = map_ + line.offset;
    T* first = to + (at - row) * panel;
    for (const Run& run : runs) {
      const Part part = inside(line, run);
      T* target = first + run.to;
      clear_run(target, panel, part.begin, run.count);
      copy_run(from + run.from + part.begin * step, step, target + part.begin * panel, panel,
               part.end - part.begin, run.count);
      clear_run(target + part.end * panel, panel, line.count - part.end, run.count);
    }
    at += line.count;
  }
  const std::int64_t used = columns % panel;
  if (used > 0) clear_run(to + columns / panel * rows * panel + used, panel, rows, panel - used);
}

template <class T>
void Patches<T>::add(std::int64_t row, std::int64_t rows, const T* from, T* map) const {
  const Runs runs = list_runs(0, columns(), rows, columns());
  const std::int64_t step = sizes_.stride[2] * step_[2], end = row + rows;
  for (std::int64_t at = row; at < end;) {
    const Line line = line_at(at, end);
    for (const Run& run : runs) {
      const Part part = inside(line, run);
      T* to = map + line.offset + run.from;
      const T* first = from + (at - row) * columns() + run.to;
      for (std::int64_t i = part.begin; i < part.end; ++i) {
        for (std::int64_t j = 0; j < run.count; ++j) to[i * step + j] += first[i * columns() + j];
      }
    }
    at += line.count;
  }
}

template class Patches<float>;
template class Patches<double>;

}  // namespace gradus
