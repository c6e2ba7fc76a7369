"""A command line whose commands are imported when they are called: its help costs nothing but typer.

Before or after any command stand ``--version``, ``-q`` and ``-v``. Options that a project file gives (`adsw.project`)
are the commands' defaults: `--help` shows them, ``-v`` says where each comes from.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from adsw.console import be_quiet, console
from adsw.project import File, project

FLAGS = {"-q": "quiet", "--quiet": "quiet", "-v": "verbose", "--verbose": "verbose"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A command as the help lists it: a function of its own name in a module of its own."""

    module: str
    help: str
    """First sentence of its docstring; a test holds the two together."""
    options: tuple[str, ...] = ()
    """Arguments of the function that a project file gives defaults of."""

    parser: str = ""
    """Class that parses it, as ``module:Class``, if that is not typer's."""

    def load(self, name: str) -> Any:
        """Import the command and return it as the command line knows it."""
        module = import_module(self.module)
        # A command called like a keyword or a type of Python has another name there.
        made = next(getattr(module, each) for each in (name, f"{name}_", f"{name}_app") if hasattr(module, each))
        if isinstance(made, typer.Typer):
            return typer.main.get_command(made)
        app = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False, add_completion=False)
        place, _, parser = self.parser.partition(":")
        app.command(name, cls=getattr(import_module(place), parser) if place else TyperCommand)(made)
        return typer.main.get_command(app)


class LazyGroup(TyperGroup):
    """A group of `Listed` commands; a subclass lists them."""

    listed: ClassVar[Mapping[str, Listed]] = {}
    meant: ClassVar[Mapping[str, str]] = {}
    """Names that people try, and the commands that do it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # What the help, completion and suggestions of names need; whatever is called is loaded then.
        self.commands = {name: TyperCommand(name, help=each.help) for name, each in self.listed.items()}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take -q and -v from anywhere before a ``--``, then the defaults of the project file."""
        end = args.index("--") if "--" in args else len(args)
        flags = {FLAGS[word] for word in args[:end] if word in FLAGS}
        be_quiet("quiet" in flags)
        if "verbose" in flags:
            logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
        ctx.obj = "verbose" in flags
        rest = [word for place, word in enumerate(args) if place >= end or word not in FLAGS]
        return super().parse_args(ctx, rest)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that is called, and give it the project file's defaults."""
        if args and args[0] in self.meant and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {self.meant[args[0]]!r}?")
        name, found, rest = super().resolve_command(ctx, args)
        if name is None or found is None:
            return name, found, rest
        command, wanted = self.listed[name].load(name), self.listed[name].options
        if ctx.resilient_parsing:  # completion must not fail on a faulty file
            return name, command, rest
        file = project()
        given = {each: file.values[each] for each in wanted if each in file.values}
        if given:
            several = {each.name for each in command.params if getattr(each, "multiple", False)}
            lists = {each: [value] for each, value in given.items() if each in several and isinstance(value, str)}
            ctx.default_map = {name: {**given, **lists}}
            told = ", ".join(f"{each} = {_shown(value)}" for each, value in given.items())
            command.epilog = f"Defaults from {file.path}: {told}"
            if ctx.obj:
                tell_defaults(file, given)
        return name, command, rest


def tell_defaults(file: File, given: Mapping[str, Any]) -> None:
    """Say which defaults come from a project file."""
    for name, value in given.items():
        console().print(f"{name} = {_shown(value)}, unless given: from {file.path}", markup=False, soft_wrap=True)


def make_app(name: str, about: str, group: type[LazyGroup]) -> typer.Typer:
    """Return the command line of a group, with the options that stand before any command."""
    app = typer.Typer(
        name=name,
        cls=group,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        help=about,
        epilog="Tab completion: --install-completion, then a new shell. Colours: none where NO_COLOR is set.",
    )

    @app.callback()
    def options(
        version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True, callback=_version),
        quiet: bool = typer.Option(False, "--quiet", "-q", help="Print results and errors only."),
        verbose: bool = typer.Option(False, "--verbose", "-v", help="Say where defaults come from, and more."),
    ) -> None:
        del version, quiet, verbose  # `parse_args` has read them, wherever they stood

    return app


def _version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        from adsw import __version__

        typer.echo(__version__)
        raise typer.Exit


def _shown(value: Any) -> str:
    """Return a default as one writes it."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
