#include "pipeline/evaluate.h"

#include <memory>
#include <utility>
#include <vector>

#include "aggregate/pane_builder.h"
#include "pipeline/fetch.h"
#include "record/record.h"

namespace downsampled {
namespace {

/// Which points of the grid the coverage expression says were observed.
CoverageMask fetch_coverage(const std::string& coverage, const Grid& grid, const Stages& stages,
                            const Deadline& deadline) {
  if (coverage.empty()) return CoverageMask::everything(grid);
  CoverageMask mask = CoverageMask::nothing(grid);
  fetch(coverage, grid,
        {.take = [&](const Series& series) { mask.add(series); },
         .restart = [&] { mask = CoverageMask::nothing(grid); }},
        stages, deadline);
  return mask;
}

const CoverageMask& coverage_mask(const Rule& rule, Window window, const Grid& grid,
                                  CoverageMasks& masks, const Stages& stages,
                                  const Deadline& deadline) {
  const auto key = std::make_tuple(rule.coverage, window.start, window.end);
  if (const auto known = masks.find(key); known != masks.end()) return known->second;
  return masks.emplace(key, fetch_coverage(rule.coverage, grid, stages, deadline)).first->second;
}

/// Asks the source for a missing pane.
Pane compute_pane(const Group& group, const Rule& rule, Window window, CoverageMasks& masks,
                  const Stages& stages, const Deadline& deadline) {
  const Grid grid = grid_of(window, group.step);
  const CoverageMask& mask = coverage_mask(rule, window, grid, masks, stages, deadline);
  PaneBuilder builder(window, grid, mask, fields_of(rule.aggregate));
  fetch(rule.expr, grid,
        {.take = [&](const Series& series) { builder.add(series); },
         .restart = [&] { builder.reset(); }},
        stages, deadline);
  return builder.finish();
}

}  // namespace

Evaluation evaluate(const Group& group, const Rule& rule, Timestamp slot, CoverageMasks& masks,
                    const Stages& stages, const Deadline& deadline) {
  Evaluation evaluation;
  const Window window = window_ending(slot, rule.window);
  const PaneKey key = pane_key(group, rule);
  std::vector<std::shared_ptr<const Pane>> panes;
  for (const Window& slice : panes_of(key, window)) {
    std::shared_ptr<const Pane> pane = stages.panes.find(key, slice.end, fields_of(rule.aggregate));
    if (!pane) {
      pane =
          std::make_shared<const Pane>(compute_pane(group, rule, slice, masks, stages, deadline));
      stages.panes.put(key, pane);
    }
    evaluation.samples += pane->samples;
    evaluation.histograms += pane->histograms;
    panes.push_back(std::move(pane));
  }
  evaluation.recorded = record(group, rule, window, panes);
  return evaluation;
}

}  // namespace downsampled
