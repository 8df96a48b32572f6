"""How the log viewer shows an investigation: verdicts and scores first, and nothing rendered that an agent wrote."""

from inspect_ai import viewer

SHOWN = {
    ("detection", "detection_right"): "Verdict right",
    ("correctness", "correctness_score"): "Correctness (judge)",
    ("alias_match", "alias_match_score"): "Names asserted (no judge)",
    ("process", "process_turns"): "Turns",
    ("process", "process_cells"): "Cells",
}
FROM_0_TO_1 = viewer.ScoreColorScale(palette="good-high", min=0, max=1)


def investigation_viewer() -> viewer.ViewerConfig:
    """Detection and correctness as columns of the sample list; agents' text is not trusted to render."""
    view = viewer.TaskSamplesView(
        name="Investigations",
        columns=[
            viewer.TaskSamplesColumn(id="sampleStatus"),
            viewer.TaskSamplesColumn(id="sampleId"),
            viewer.TaskSamplesColumn(id="target"),
            viewer.TaskSamplesColumn(id="answer"),
            *(viewer.TaskSamplesColumn.score(scorer, score) for scorer, score in SHOWN),
            viewer.TaskSamplesColumn(id="duration"),
            viewer.TaskSamplesColumn(id="error"),
            viewer.TaskSamplesColumn(id="limit"),
        ],
        sort=[viewer.TaskSamplesSort(column="sampleId")],
        score_labels={score: label for (_, score), label in SHOWN.items()},
        score_color_scales={score: FROM_0_TO_1 for scorer, score in SHOWN if scorer != "process"},
        color_scales_enabled=True,
    )
    return viewer.ViewerConfig(
        trust_content=False, task_samples_view=view, sample_score_view=viewer.SampleScoreView(default="grid")
    )
