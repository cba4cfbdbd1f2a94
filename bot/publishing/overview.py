"""The projects at a glance."""

from bot.answers.labels import status_word
from bot.i18n.message import Translator
from bot.knowledge import KnowledgeBase, Project


def format_projects(knowledge: KnowledgeBase, translator: Translator) -> str:
    """All projects by area: status, the day of confirmation, title, id, and what is expected of those that go on."""
    default = knowledge.city.default_language
    blocks = []
    for area in knowledge.areas:
        title = area.title.in_language(translator.language, default)[0]
        lines = [_line(project, translator, default) for project in knowledge.projects_of(area.id)]
        blocks.append("\n".join([f"{title} ({area.id})", *lines]))
    return "\n\n".join(blocks)


def _line(project: Project, translator: Translator, default: str) -> str:
    title = project.title.in_language(translator.language, default)[0]
    expected = None if project.status.is_over else project.expected_completion
    when = expected.in_language(translator.language, default)[0] if expected else ""
    known = f"{status_word(project.status, translator)}, {project.as_of.isoformat()}{f', {when}' if when else ''}"
    return f"  {title} [{project.id}]: {known}"
