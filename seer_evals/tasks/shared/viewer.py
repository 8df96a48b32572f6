"""How the log viewer shows an investigation: verdicts and scores first, and nothing rendered that an agent wrote."""

from inspect_ai.viewer import (
    SampleScoreView,
    ScoreColorScale,
    TaskSamplesColumn,
    TaskSamplesSort,
    TaskSamplesView,
    ViewerConfig,
)

SHOWN = {
    ("detection", "detection_right"): "Verdict right",
    ("correctness", "correctness_score"): "Correctness (judge)",
    ("alias_match", "alias_match_score"): "Names asserted (no judge)",
    ("process", "process_turns"): "Turns",
    ("process", "process_cells"): "Cells",
}
FROM_0_TO_1 = ScoreColorScale(palette="good-high", min=0, max=1)


def investigation_viewer() -> ViewerConfig:
    """Detection and correctness as columns of the sample list; agents' text is not trusted to render."""
    view = TaskSamplesView(
        name="Investigations",
        columns=[
            TaskSamplesColumn(id="sampleStatus"),
            TaskSamplesColumn(id="sampleId"),
            TaskSamplesColumn(id="target"),
            TaskSamplesColumn(id="answer"),
            *(TaskSamplesColumn.score(scorer, score) for scorer, score in SHOWN),
            TaskSamplesColumn(id="duration"),
            TaskSamplesColumn(id="error"),
            TaskSamplesColumn(id="limit"),
        ],
        sort=[TaskSamplesSort(column="sampleId")],
        score_labels={score: label for (_, score), label in SHOWN.items()},
        score_color_scales={score: FROM_0_TO_1 for scorer, score in SHOWN if scorer != "process"},
        color_scales_enabled=True,
    )
    return ViewerConfig(trust_content=False, task_samples_view=view, sample_score_view=SampleScoreView(default="grid"))
