// The labels of a rule as the text that a row holds: one text for one set of labels, and such that
// people can read it. Pure function.
#pragma once

#include <string>

#include "model/rule.h"

namespace downsampled {

/// `{a="1",b=""}`, with \\ \" \n in values as in the exposition formats.
std::string rule_labels_text(const RuleLabels& labels);

}  // namespace downsampled
