"""The list of projects that `minsheng list` prints."""

from bot.i18n.message import Translator
from bot.knowledge import City, KnowledgeBase, Project
from bot.knowledge.deadlines import due_instead_of_words
from bot.knowledge.relative_dates import with_year


def format_projects(knowledge: KnowledgeBase, translator: Translator) -> str:
    """All projects by area: status, date of confirmation, title, id, and the expected completion if still open."""
    city, blocks = knowledge.city, []
    for area in knowledge.areas:
        title = area.title.in_language(translator.language, city.default_language)
        lines = [_line(project, city, translator) for project in knowledge.projects_of(area.id)]
        blocks.append("\n".join([f"{title} ({area.id})", *lines]))
    return "\n\n".join(blocks)


def expected_time(project: Project, city: City, translator: Translator) -> str:
    """The expected completion of a project, with the year that the source meant; empty if nothing is said."""
    written = city.sources[project.source].date
    if due := due_instead_of_words(project, written):
        return translator.date(due)
    expected = project.expected_completion
    return with_year(expected.in_language(translator.language, city.default_language), written) if expected else ""


def _line(project: Project, city: City, translator: Translator) -> str:
    title = project.title.in_language(translator.language, city.default_language)
    when = "" if project.status.is_over else expected_time(project, city, translator)
    known = f"{project.status.info.label.render(translator)}, {project.as_of.isoformat()}{f', {when}' if when else ''}"
    return f"  {title} [{project.id}]: {known}"
