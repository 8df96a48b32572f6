"""How the log viewer shows samples whose scores come from one scorer."""

from collections.abc import Mapping

from inspect_ai.viewer import SampleScoreView, ScoreColorScale, TaskSamplesColumn, TaskSamplesView, ViewerConfig


def score_columns(name: str, scorer: str, labels: Mapping[str, str], shares: tuple[str, ...]) -> ViewerConfig:
    """Scores as columns of the sample list; agents' text is not trusted to render.

    Args:
        name: Of the view.
        scorer: Whose scores they are.
        labels: Score -> heading, in their order.
        shares: Those that are from 0 to 1, and the better the higher.
    """
    view = TaskSamplesView(
        name=name,
        columns=[
            *(TaskSamplesColumn(id=each) for each in ("sampleStatus", "sampleId")),
            *(TaskSamplesColumn.score(scorer, score) for score in labels),
            *(TaskSamplesColumn(id=each) for each in ("duration", "error", "limit")),
        ],
        score_labels=dict(labels),
        score_color_scales={score: ScoreColorScale(palette="good-high", min=0, max=1) for score in shares},
        color_scales_enabled=True,
    )
    return ViewerConfig(trust_content=False, task_samples_view=view, sample_score_view=SampleScoreView(default="grid"))
