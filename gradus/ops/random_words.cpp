#include "gradus/ops/random_words.h"

#include <algorithm>
#include <cstring>

#include "gradus/ops/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gradus/ops/random_words.cpp"
#include "hwy/foreach_target.h"  // first: it includes this file once per instruction set

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace gradus {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D64 = hn::ScalableTag<std::uint64_t>;
using D32 = hn::Repartition<std::uint32_t, D64>;
using V = hn::Vec<D64>;

/// The product of the lower halves of the lanes.
HWY_INLINE V multiply_low_halves(V a, V b) {
  constexpr D32 d32;
  return hn::MulEven(hn::BitCast(d32, a), hn::BitCast(d32, b));
}

struct RoundKeys {
  V first[10], second[10];
};

RoundKeys round_keys(RandomKey key) {
  constexpr D64 d;
  RoundKeys keys;
  auto low = static_cast<std::uint32_t>(key.seed);
  auto high = static_cast<std::uint32_t>(key.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    keys.first[round] = hn::Set(d, low);
    keys.second[round] = hn::Set(d, high);
    low += 0x9E3779B9u;
    high += 0xBB67AE85u;
  }
  return keys;
}

/// philox() of one counter a lane. The words lie in the lower halves of the lanes; what is in the
/// upper halves does not matter until the end.
HWY_INLINE void philox_lanes(V& c0, V& c1, V& c2, V& c3, const RoundKeys& keys) {
  constexpr D64 d;
  const V multiplier0 = hn::Set(d, 0xD2511F53u);
  const V multiplier1 = hn::Set(d, 0xCD9E8D57u);
  for (int round = 0; round < 10; ++round) {
    const V first = multiply_low_halves(c0, multiplier0);
    const V second = multiply_low_halves(c2, multiplier1);
    c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(second), c1), keys.first[round]);
    c1 = second;
    c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(first), c3), keys.second[round]);
    c3 = first;
  }
}

/// The lower half of `low` below the lower half of `high`.
HWY_INLINE V join(V low, V high) {
  constexpr D64 d;
  return hn::Or(hn::And(low, hn::Set(d, 0xFFFFFFFFu)), hn::ShiftLeft<32>(high));
}

/// As many blocks as a vector has 64-bit lanes, stored one behind the other. Even lanes count the
/// first half of the blocks and odd lanes the second, so that interleaving puts them in order.
HWY_INLINE void store_blocks(V counters, V high, RandomKey key, const RoundKeys& keys,
                             std::uint32_t* words) {
  constexpr D64 d;
  V c0 = counters;
  V c1 = high;
  V c2 = hn::Set(d, key.path);
  V c3 = hn::Set(d, key.path >> 32);
  philox_lanes(c0, c1, c2, c3, keys);
  const V pair0 = join(c0, c1);
  const V pair1 = join(c2, c3);
  auto* const out = reinterpret_cast<std::uint64_t*>(words);
  hn::StoreU(hn::InterleaveLower(d, pair0, pair1), d, out);
  hn::StoreU(hn::InterleaveUpper(d, pair0, pair1), d, out + hn::Lanes(d));
}

/// The number of the block of each lane, from 0.
V lane_blocks() {
  constexpr D64 d;
  HWY_ALIGN std::uint64_t blocks[hn::MaxLanes(d)];
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    blocks[lane] = lane / 2 + lane % 2 * (lanes / 2);
  }
  return hn::Load(d, blocks);
}

}  // namespace

void fill_words(RandomKey key, std::uint64_t first_block, std::int64_t blocks,
                std::uint32_t* words) {
  constexpr D64 d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const RoundKeys keys = round_keys(key);
  const V in_order = lane_blocks();
  for (std::int64_t i = 0; i < blocks; i += lanes) {
    // Sums of 64 bits: the counter's upper word carries over by itself.
    const V counters = hn::Add(hn::Set(d, first_block + static_cast<std::uint64_t>(i)), in_order);
    const V high = hn::ShiftRight<32>(counters);
    if (blocks - i >= lanes) {
      store_blocks(counters, high, key, keys, words + 4 * i);
    } else {
      alignas(64) std::uint32_t rest[4 * hn::MaxLanes(d)];
      store_blocks(counters, high, key, keys, rest);
      std::memcpy(words + 4 * i, rest, static_cast<std::size_t>(blocks - i) * 16);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace gradus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <fmt/format.h>

#include "gradus/base/error.h"

namespace gradus {

GRADUS_EXPORT(fill_words);

void fill_random_words(RandomKey key, std::uint64_t first_block, std::int64_t blocks,
                       std::uint32_t* words) {
  GRADUS_DISPATCH(fill_words)(key, first_block, blocks, words);
}

void check_key(const InferContext& context) {
  if (context.dtype(0) == DType::i64 && context.shape(0) == Shape{2}) return;
  throw Error(ErrorCode::invalid_argument, context.op.name,
              fmt::format("the key is {}, not i64[2]", context.inputs[0].signature()),
              {context.shape(0)});
}

RandomKey read_key(const Array& array) {
  const auto* const words = array.data<std::int64_t>();
  return {static_cast<std::uint64_t>(words[0]),
          static_cast<std::uint64_t>(words[array.strides[0]])};
}

}  // namespace gradus
#endif
