#include "gradus/ops/onednn.h"

#include <omp.h>
#include <oneapi/dnnl/dnnl.hpp>

#include <array>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "gradus/base/error.h"
#include "gradus/memory/allocator.h"

namespace gradus::onednn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

/// oneDNN asks OpenMP how many threads there are, when a primitive is made and when it runs.
class OneThread {
 public:
  OneThread() : saved_(omp_get_max_threads()) {
    if (saved_ != 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (saved_ != 1) omp_set_num_threads(saved_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int saved_;
};

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::stream& stream() {
  thread_local dnnl::stream instance(engine());
  return instance;
}

memory wrap(const memory::desc& layout, const void* data) {
  return memory(layout, engine(), const_cast<void*>(data));
}

void run_primitive(const dnnl::primitive& primitive, std::initializer_list<dnnl_exec_arg_t> args) {
  const OneThread guard;
  const dnnl_status_t status = dnnl_primitive_execute(primitive.get(), stream().get(),
                                                      static_cast<int>(args.size()), args.begin());
  if (status != dnnl_success) throw Error(ErrorCode::internal, "onednn", "a primitive failed");
}

void reorder(const memory::desc& from, const void* source, const memory::desc& to, void* target) {
  dnnl::reorder::primitive_desc description;
  {
    const OneThread guard;
    description = dnnl::reorder::primitive_desc(engine(), from, engine(), to);
  }
  const memory a = wrap(from, source), b = wrap(to, target);
  run_primitive(dnnl::reorder(description), {{DNNL_ARG_FROM, a.get()}, {DNNL_ARG_TO, b.get()}});
}

/// The last `axes` of three spatial entries, behind `leading` ones.
memory::dims dims(std::initializer_list<std::int64_t> leading, const Spatial& spatial, int axes) {
  memory::dims result(leading);
  result.insert(result.end(), spatial.end() - axes, spatial.end());
  return result;
}

memory::dims weight_dims(const ConvolutionSizes& sizes) {
  const std::int64_t g = sizes.groups, in = sizes.in / g;
  return g == 1 ? dims({sizes.out, in}, sizes.kernel, sizes.axes)
                : dims({g, sizes.out / g, in}, sizes.kernel, sizes.axes);
}

/// A row-major weight.
memory::desc plain_weight(const ConvolutionSizes& sizes) {
  const Tag plain[] = {Tag::abc, Tag::abcd, Tag::abcde};
  const Tag grouped[] = {Tag::abcd, Tag::abcde, Tag::abcdef};
  return memory::desc(weight_dims(sizes), memory::data_type::f32,
                      (sizes.groups == 1 ? plain : grouped)[sizes.axes - 1]);
}

/// What the three passes are described by.
struct Description {
  /// In bf16 precision what the pass reads is bf16, and its results are f32.
  Description(const ConvolutionSizes& s, Pass pass, ProductPrecision precision) {
    const Tag tags[] = {Tag::nwc, Tag::nhwc, Tag::ndhwc};
    const auto full = memory::data_type::f32;
    const auto given =
        precision == ProductPrecision::bf16 ? memory::data_type::bf16 : memory::data_type::f32;
    const Tag tag = tags[s.axes - 1];
    x = memory::desc(dims({s.batch, s.in}, s.x, s.axes), pass == Pass::data_gradient ? full : given,
                     tag);
    y = memory::desc(dims({s.batch, s.out}, s.y, s.axes), pass == Pass::forward ? full : given,
                     tag);
    weight = memory::desc(weight_dims(s), pass == Pass::weight_gradient ? full : given, Tag::any);
    bias = memory::desc({s.out}, full, Tag::a);
    Spatial gaps = s.dilation;  // oneDNN counts the positions left out
    for (std::int64_t& gap : gaps) --gap;
    stride = dims({}, s.stride, s.axes);
    dilation = dims({}, gaps, s.axes);
    before = dims({}, s.before, s.axes);
    after = dims({}, s.after, s.axes);
  }
  memory::desc x, y, weight, bias;
  memory::dims stride, dilation, before, after;
};

constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

// oneDNN 3 took the separate operation descriptors away; this is where it would differ.
dnnl::convolution_forward::primitive_desc forward(const Description& d, bool bias) {
  const auto kind = dnnl::prop_kind::forward_training;
  const dnnl::convolution_forward::desc description =
      bias ? dnnl::convolution_forward::desc(kind, kAlgorithm, d.x, d.weight, d.bias, d.y, d.stride,
                                             d.dilation, d.before, d.after)
           : dnnl::convolution_forward::desc(kind, kAlgorithm, d.x, d.weight, d.y, d.stride,
                                             d.dilation, d.before, d.after);
  return {description, user_scratchpad(), engine()};
}

// Gradients are asked for beside a forward pass, of the same precision.
dnnl::convolution_backward_data::primitive_desc backward_data(const Description& d,
                                                              const Description& forward_pass) {
  return {{kAlgorithm, d.x, d.weight, d.y, d.stride, d.dilation, d.before, d.after},
          user_scratchpad(),
          engine(),
          forward(forward_pass, false)};
}

dnnl::convolution_backward_weights::primitive_desc backward_weights(
    const Description& d, const Description& forward_pass) {
  return {{kAlgorithm, d.x, d.weight, d.bias, d.y, d.stride, d.dilation, d.before, d.after},
          user_scratchpad(),
          engine(),
          forward(forward_pass, true)};
}

class CompiledConvolution final : public Convolution {
 public:
  CompiledConvolution(Pass pass, const ConvolutionSizes& sizes, bool bias,
                      ProductPrecision precision)
      : pass_(pass), bias_(bias), sizes_(sizes) {
    const OneThread guard;
    const Description description(sizes, pass, precision);
    const Description forward_pass(sizes, Pass::forward, precision);
    x_ = description.x;
    y_ = description.y;
    bias_layout_ = description.bias;
    switch (pass) {
      case Pass::forward: {
        const auto made = forward(description, bias);
        keep(dnnl::convolution_forward(made), made, made.weights_desc());
        break;
      }
      case Pass::data_gradient: {
        const auto made = backward_data(description, forward_pass);
        keep(dnnl::convolution_backward_data(made), made, made.weights_desc());
        break;
      }
      case Pass::weight_gradient: {
        const auto made = backward_weights(description, forward_pass);
        keep(dnnl::convolution_backward_weights(made), made, made.diff_weights_desc());
        break;
      }
    }
  }

  /// False for the plain loops that oneDNN falls back to.
  bool is_fast() const { return fast_; }

  std::size_t weight_bytes() const override { return weight_.get_size(); }
  bool packs_like(const Convolution& other) const override {
    return weight_ == static_cast<const CompiledConvolution&>(other).weight_;
  }
  void pack(const Array& weight, std::byte* packed) const override {
    reorder(plain_weight(sizes_), row_major_copy(weight).bytes(), weight_, packed);
  }
  void unpack(const std::byte* packed, float* weight) const override {
    reorder(weight_, packed, plain_weight(sizes_), weight);
  }

  void run(const ConvolutionOperands& operands) const override {
    const Buffer scratch = allocate(scratchpad_.get_size());
    const memory pad = wrap(scratchpad_, scratch.data());
    const memory x = wrap(x_, operands.x), y = wrap(y_, operands.y);
    const memory weight = wrap(weight_, operands.weight);
    const dnnl_exec_arg_t pad_argument{DNNL_ARG_SCRATCHPAD, pad.get()};
    switch (pass_) {
      case Pass::forward: {
        const dnnl_exec_arg_t source{DNNL_ARG_SRC, x.get()}, result{DNNL_ARG_DST, y.get()},
            weights{DNNL_ARG_WEIGHTS, weight.get()};
        if (!bias_) return run_primitive(primitive_, {source, weights, result, pad_argument});
        const memory bias = wrap(bias_layout_, operands.bias);
        return run_primitive(primitive_,
                             {source, weights, {DNNL_ARG_BIAS, bias.get()}, result, pad_argument});
      }
      case Pass::data_gradient:
        return run_primitive(primitive_, {{DNNL_ARG_DIFF_DST, y.get()},
                                          {DNNL_ARG_WEIGHTS, weight.get()},
                                          {DNNL_ARG_DIFF_SRC, x.get()},
                                          pad_argument});
      case Pass::weight_gradient: {
        const memory bias = wrap(bias_layout_, operands.bias);
        return run_primitive(primitive_, {{DNNL_ARG_DIFF_DST, y.get()},
                                          {DNNL_ARG_SRC, x.get()},
                                          {DNNL_ARG_DIFF_WEIGHTS, weight.get()},
                                          {DNNL_ARG_DIFF_BIAS, bias.get()},
                                          pad_argument});
      }
    }
  }

 private:
  void keep(dnnl::primitive primitive, const dnnl::primitive_desc_base& made,
            const memory::desc& weight) {
    primitive_ = std::move(primitive);
    weight_ = weight;
    scratchpad_ = made.scratchpad_desc();
    fast_ = !std::string_view(made.impl_info_str()).starts_with("ref");
  }

  Pass pass_;
  bool bias_;
  bool fast_ = false;
  ConvolutionSizes sizes_;
  dnnl::primitive primitive_;
  memory::desc x_, y_, weight_, bias_layout_, scratchpad_;
};

/// What a primitive was made for.
template <std::size_t n>
using Key = std::array<std::int64_t, n>;

Key<29> key_of(Pass pass, const ConvolutionSizes& s, bool bias, ProductPrecision precision) {
  Key<29> key{static_cast<std::int64_t>(pass),     bias, s.axes, s.batch, s.in, s.out, s.groups,
              static_cast<std::int64_t>(precision)};
  std::int64_t* to = key.data() + 8;
  for (const Spatial* part : {&s.x, &s.kernel, &s.y, &s.stride, &s.before, &s.after, &s.dilation}) {
    to = std::copy(part->begin(), part->end(), to);
  }
  return key;
}

struct Hash {
  template <std::size_t n>
  std::size_t operator()(const Key<n>& key) const {
    std::uint64_t hash = 0;
    for (const std::int64_t word : key) {
      hash = (hash ^ static_cast<std::uint64_t>(word)) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
    return hash;
  }
};

/// What make() returned for this key, or returns now.
template <class Value, std::size_t n, class Make>
std::shared_ptr<const Value> find_or_make(const Key<n>& key, Make make) {
  constexpr std::size_t kCapacity = 512;
  static std::mutex mutex;
  static std::unordered_map<Key<n>, std::shared_ptr<const Value>, Hash> cache;
  const std::lock_guard lock(mutex);
  const auto found = cache.find(key);
  if (found != cache.end()) return found->second;
  if (cache.size() >= kCapacity) cache.clear();  // who still uses one holds it
  return cache.emplace(key, make()).first->second;
}

std::shared_ptr<const Convolution> compile(Pass pass, const ConvolutionSizes& sizes, bool bias,
                                           ProductPrecision precision) {
  try {
    auto made = std::make_shared<CompiledConvolution>(pass, sizes, bias, precision);
    return made->is_fast() ? std::move(made) : nullptr;
  } catch (const dnnl::error&) {
    return nullptr;  // a combination of sizes that oneDNN does not take
  }
}

}  // namespace

bool has_avx512() { return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core; }
bool has_amx() { return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_amx; }
bool has_fast_bf16() {
#if defined(__x86_64__)
  const bool has_pairs = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_bf16;
  if (has_pairs && __builtin_cpu_is("amd")) return true;
#endif
  return has_amx();
}

namespace {

/// While it lives, no signal handler runs on this thread. A handler that runs during oneDNN's
/// AVX-512 sgemm (2.6) leaves the heap damaged: the frame that the system writes below the stack
/// pointer meets memory that is not the stack's. On a stack of its own a handler does no harm, but
/// handlers are the user's.
class WithoutSignals {
 public:
  WithoutSignals() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
      sigdelset(&blocked, fault);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~WithoutSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const Operand& a, const Operand& b,
              float* c, std::int64_t c_leading, bool add) {
  const OneThread guard;
  const WithoutSignals undisturbed;
  const dnnl::status status =
      dnnl::sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1.0f, a.data,
                  a.leading, b.data, b.leading, add ? 1.0f : 0.0f, c, c_leading);
  if (status != dnnl::status::success) {
    throw Error(ErrorCode::internal, "onednn", "sgemm refused the product");
  }
}

namespace {

/// A product that was made ready; runs may go on at once on several threads.
struct ReadyBf16Product {
  explicit ReadyBf16Product(const Bf16Product& p) {
    using Dims = memory::dims;
    const auto type = memory::data_type::bf16;
    a = {{p.m, p.k}, type, p.a_transposed ? Dims{1, p.a_leading} : Dims{p.a_leading, 1}};
    b = {{p.k, p.n}, type, p.b_transposed ? Dims{1, p.b_leading} : Dims{p.b_leading, 1}};
    c = {{p.m, p.n}, memory::data_type::f32, Dims{p.c_leading, 1}};
    bias = {{1, p.n}, memory::data_type::f32, Tag::ab};
    const OneThread guard;
    const dnnl::matmul::primitive_desc made(
        p.bias ? dnnl::matmul::desc(a, b, bias, c) : dnnl::matmul::desc(a, b, c), user_scratchpad(),
        engine());
    scratchpad = made.scratchpad_desc();
    primitive = dnnl::matmul(made);
  }
  memory::desc a, b, c, bias, scratchpad;
  dnnl::matmul primitive;
};

}  // namespace

void multiply_bf16(const Bf16Product& product, const bf16* a, const bf16* b, const float* bias,
                   float* c) {
  const Bf16Product& p = product;
  const Key<9> key{
      p.m, p.n, p.k, p.a_leading, p.a_transposed, p.b_leading, p.b_transposed, p.c_leading, p.bias};
  const auto ready = find_or_make<ReadyBf16Product>(
      key, [&] { return std::make_shared<ReadyBf16Product>(product); });
  const Buffer scratch = allocate(ready->scratchpad.get_size());
  const memory left = wrap(ready->a, a), right = wrap(ready->b, b), result = wrap(ready->c, c);
  const memory pad = wrap(ready->scratchpad, scratch.data());
  const dnnl_exec_arg_t source{DNNL_ARG_SRC, left.get()}, weights{DNNL_ARG_WEIGHTS, right.get()},
      target{DNNL_ARG_DST, result.get()}, pad_argument{DNNL_ARG_SCRATCHPAD, pad.get()};
  const WithoutSignals undisturbed;
  if (!product.bias)
    return run_primitive(ready->primitive, {source, weights, target, pad_argument});
  const memory addend = wrap(ready->bias, bias);
  run_primitive(ready->primitive,
                {source, weights, {DNNL_ARG_BIAS, addend.get()}, target, pad_argument});
}

std::shared_ptr<const Convolution> find_convolution(Pass pass, const ConvolutionSizes& sizes,
                                                    bool bias, ProductPrecision precision) {
  return find_or_make<Convolution>(key_of(pass, sizes, bias, precision),
                                   [&] { return compile(pass, sizes, bias, precision); });
}

}  // namespace gradus::onednn
