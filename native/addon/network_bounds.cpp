#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "addon/async_call.h"
#include "addon/mean_prediction.h"
#include "addon/network_object.h"
#include "addon/tensors.h"
#include "certificates/global.h"
#include "certificates/questions.h"

/// Bounds on how fast the mean of networks, or one network, can change, and on what it gives in a box.
namespace psilon::addon {

using namespace certificates;

namespace {

/// For calls that must not wait for predictions on other threads.
template <typename T, typename Use>
auto with_own_predictor(const Model<T>& model, const Use& use) {
  const auto backend = open_cpu<T>(1);
  Predictor<T> predictor(*backend, model, 0);
  return use(predictor);
}

template <typename T>
Model<double> to_double(const Model<T>& model) {
  return {model.config, {model.values.begin(), model.values.end()}};
}

/// Networks that read all inputs of the mean.
template <typename T>
std::vector<ReluNetwork> relu_networks(const Mean<T>& mean) {
  std::vector<ReluNetwork> networks;
  for (std::size_t k = 0; k < mean.members.size(); k++) {
    networks.push_back(relu_network(mean.members[k]->model()));
    if (!mean.taken.empty()) read_among(networks.back(), mean.inputs, mean.taken[k]);
  }
  return networks;
}

template <typename Use>
std::vector<std::vector<double>> for_each(const std::vector<ReluNetwork>& networks, const Use& bounds_of) {
  std::vector<std::vector<double>> bounds;
  for (const auto& network : networks) bounds.push_back(bounds_of(network));
  return bounds;
}

/// The first layers of one network, whose units become outputs.
void keep_first(std::vector<ReluNetwork>& networks, Index layers) {
  if (networks.size() != 1) throw Error("ERR_SHAPE", "expected one network");
  ReluNetwork& network = networks.front();
  if (layers < 1 || layers > static_cast<Index>(network.size())) throw Error("ERR_SHAPE", "there is no such layer");
  network.resize(static_cast<std::size_t>(layers));
}

Index output_index(const Napi::Value& value, Index count) {
  const Index index = value.ToNumber().Int64Value();
  if (index < 0 || index >= count) throw Error("ERR_SHAPE", "there is no such output");
  return index;
}

/// NativeQuestions, without the boxes.
struct QuestionsAsked {
  Index rows, outputs;
  Level level;
  Bound bound;
  double above, below, tolerance;
  std::vector<double> classes, objectives, nodes;

  QuestionsAsked(const Napi::Object& from, Index of_outputs)
      : rows(row_count(from.Get("rows"))),
        outputs(of_outputs),
        level(read_as<Level>(from.Get("level"))),
        bound(read_as<Bound>(from.Get("bound"))),
        above(read_as<double>(from.Get("above"))),
        below(read_as<double>(from.Get("below"))),
        tolerance(read_as<double>(from.Get("tolerance"))) {
    const auto numbers = [&](const char* name, Index count) {
      const auto all = values<double>(from.Get(name), static_cast<std::size_t>(count));
      return std::vector<double>(all.begin(), all.end());
    };
    if (from.Get("classes").IsNull())
      objectives = numbers("objectives", rows * outputs);
    else
      classes = numbers("classes", rows);
    nodes = numbers("nodes", rows);
  }

  std::vector<std::vector<double>> objectives_of(std::size_t row) const {
    const auto count = static_cast<std::size_t>(outputs);
    if (!classes.empty()) return margins_of(static_cast<std::size_t>(classes[row]), count);
    const auto begin = objectives.begin() + static_cast<Index>(row * count);
    return {{begin, begin + outputs}};
  }
  Search search_of(std::size_t row) const { return {above, below, tolerance, static_cast<Index>(nodes[row])}; }
};

/// Answers of all rows: see NativeAnswers.
template <typename T>
struct Answers {
  std::vector<double> lower, local, upper, nodes;
  HostVector<T> points;

  Answers(std::size_t rows, std::size_t inputs)
      : lower(rows), local(rows), upper(rows), nodes(rows), points(rows * inputs) {}

  void put(std::size_t row, const Answer& answer, const Box& box) {
    lower[row] = answer.lower;
    local[row] = answer.local;
    upper[row] = answer.upper;
    nodes[row] = static_cast<double>(answer.nodes);
    for (std::size_t j = 0; j < answer.point.size(); j++)
      points[row * box.size() + j] = static_cast<T>(std::clamp(answer.point[j], box.lower[j], box.upper[j]));
  }
  Napi::Object to_js(Napi::Env env) const {
    auto object = Napi::Object::New(env);
    object.Set("lower", addon::to_js(env, lower));
    object.Set("local", addon::to_js(env, local));
    object.Set("upper", addon::to_js(env, upper));
    object.Set("nodes", addon::to_js(env, nodes));
    object.Set("points", to_typed_array(env, points.data(), points.size()));
    return object;
  }
};

}  // namespace

Napi::Value NetworkObject::certify(const Napi::CallbackInfo& info, Run run) {
  return with_mean(info, [&]<typename T>(Mean<T>& mean) -> Napi::Value {
    const Index rows = row_count(info[2]);
    const Bound kind = read_as<Bound>(info[4]);
    const int threads = thread_count(info[5]);
    auto x = table<T>(info[1], rows, mean.inputs);
    const auto given = values<double>(info[3], x.size());
    std::vector<double> tolerances(given.begin(), given.end());
    auto work = [mean = std::move(mean), x = std::move(x), tolerances = std::move(tolerances), rows, kind,
                 threads]() -> Finish {
      auto outputs = mean_outputs_of(mean, x, rows, threads);
      auto certificate = certify_globally(relu_networks(mean), kind, {x.begin(), x.end()}, tolerances, outputs,
                                          sizeof(T) == sizeof(float));
      return [outputs = std::move(outputs), certificate = std::move(certificate)](Napi::Env env) {
        auto object = Napi::Object::New(env);
        const auto& classes = certificate.classes;
        object.Set("classes", to_typed_array(env, classes.data(), classes.size()));
        object.Set("radii", to_js(env, certificate.radii));
        object.Set("outputs", to_js(env, outputs));
        return object;
      };
    };
    return run(info.Env(), std::move(work));
  });
}

Napi::Value NetworkObject::answer(const Napi::CallbackInfo& info, Run run) {
  return with_mean(info, [&]<typename T>(Mean<T>& mean) -> Napi::Value {
    const auto from = info[1].As<Napi::Object>();
    const QuestionsAsked asked(from, mean.outputs());
    const int threads = thread_count(info[2]);
    auto lower = table<T>(from.Get("lower"), asked.rows, mean.inputs);
    auto upper = table<T>(from.Get("upper"), asked.rows, mean.inputs);
    const auto inputs = static_cast<std::size_t>(mean.inputs);
    auto work = [=, mean = std::move(mean), lower = std::move(lower), upper = std::move(upper)]() -> Finish {
      const auto networks = relu_networks(mean);
      Answers<T> answers(static_cast<std::size_t>(asked.rows), inputs);
      share_out(answers.lower.size(), threads, [&](std::size_t row) {
        const auto first = static_cast<Index>(row * inputs), last = first + static_cast<Index>(inputs);
        const Question question{
            {{lower.begin() + first, lower.begin() + last}, {upper.begin() + first, upper.begin() + last}},
            asked.objectives_of(row)};
        answers.put(row, certificates::answer(networks, question, asked.level, asked.bound, asked.search_of(row)),
                    question.box);
      });
      return [answers = std::move(answers)](Napi::Env env) { return answers.to_js(env); };
    };
    return run(info.Env(), std::move(work));
  });
}

Napi::Value NetworkObject::slopes(const Napi::CallbackInfo& info) {
  return with_mean(info, [&]<typename T>(Mean<T>& mean) -> Napi::Value {
    const auto from = info[1].As<Napi::Object>();
    const Index rows = row_count(from.Get("rows"));
    const auto inputs = static_cast<std::size_t>(mean.inputs), outputs = static_cast<std::size_t>(mean.outputs());
    const auto lower = table<T>(from.Get("lower"), rows, mean.inputs),
               upper = table<T>(from.Get("upper"), rows, mean.inputs);
    const auto objectives = values<double>(from.Get("objectives"), static_cast<std::size_t>(rows) * outputs);
    const auto networks = relu_networks(mean);
    std::vector<double> least(lower.size()), most(lower.size());
    share_out(static_cast<std::size_t>(rows), thread_count(info[2]), [&](std::size_t row) {
      const auto part = [row](const auto& of, std::size_t size) {
        const auto first = of.begin() + static_cast<Index>(row * size);
        return std::vector<double>(first, first + static_cast<Index>(size));
      };
      const Question question{{part(lower, inputs), part(upper, inputs)}, {part(objectives, outputs)}};
      const auto ranges = certificates::slopes(networks, question);
      for (std::size_t j = 0; j < inputs; j++) {
        least[row * inputs + j] = ranges[j].lower;
        most[row * inputs + j] = ranges[j].upper;
      }
    });
    auto object = Napi::Object::New(info.Env());
    object.Set("lower", to_js(info.Env(), least));
    object.Set("upper", to_js(info.Env(), most));
    return object;
  });
}

Napi::Value NetworkObject::path_norms(const Napi::CallbackInfo& info) {
  return with_mean(info, [&](const auto& mean) -> Napi::Value {
    const Bound kind = read_as<Bound>(info[1]);
    auto networks = relu_networks(mean);
    if (info[2].IsNumber()) keep_first(networks, info[2].ToNumber().Int64Value());
    const auto norms = mean_path_norms(
        for_each(networks, [kind](const auto& network) { return certificates::path_norms(network, kind); }));
    auto object = Napi::Object::New(info.Env());
    object.Set("outputs", to_js(info.Env(), norms.outputs));
    object.Set("sum", norms.sum);
    object.Set("max", norms.max);
    return object;
  });
}

Napi::Value NetworkObject::influence(const Napi::CallbackInfo& info) {
  return with_mean(info, [&](const auto& mean) -> Napi::Value {
    const Bound kind = read_as<Bound>(info[1]);
    std::optional<Index> output;
    if (!info[2].IsNull()) output = output_index(info[2], mean.outputs());
    const auto influence_of = [&](const auto& network) { return certificates::influence(network, kind, output); };
    return to_js(info.Env(), mean_bounds(for_each(relu_networks(mean), influence_of)));
  });
}

Napi::Value NetworkObject::first_layer(const Napi::CallbackInfo& info) {
  return with_session(info, [&](const auto& session) -> Napi::Value {
    const auto first =
        with_own_predictor(to_double(session->model()), [](auto& predictor) { return predictor.first_layer(); });
    auto object = Napi::Object::New(info.Env());
    object.Set("units", static_cast<double>(first.units));
    object.Set("inputs", static_cast<double>(first.inputs));
    object.Set("weights", to_js(info.Env(), first.weights));
    object.Set("shares", to_js(info.Env(), first.shares));
    return object;
  });
}

}  // namespace psilon::addon
