"""Exercise files: the library's source with the bodies of some functions cut, or others in their place."""

import ast
import textwrap
import types


def stub(exercise, accept=()):
    """The file that a student gets: imports, signatures and docstrings stay, the bodies of `cut` go.

    Each convention that `accept` names has a line.
    """
    task = textwrap.wrap(f"Exercise {exercise.number}, {exercise.name}. {exercise.task}", 100)
    task += [f"Your course accepts {id} too: {says}." for id, says in exercise.sayings(accept).items()]
    task.append(f"When you want to know whether it is right: mlpedu check {exercise.name}")
    return "".join(f"# {line}\n" for line in task) + "\n" + with_bodies(exercise, unwritten(exercise))


def unwritten(exercise):
    """``{function: body}``: a body that says that it isn't written yet."""
    return {
        name: f'raise NotImplementedError("{exercise.name}: {name} is not written yet")'
        for name in exercise.cut
    }


def with_bodies(exercise, bodies):
    """The library's source with other bodies in the functions that `bodies` names; comments in them go too.

    The key "" holds lines for the top of the file, behind the imports.
    """
    lines = exercise.source.splitlines(keepends=True)
    functions = functions_of(exercise.source)
    top = bodies.get("", "")
    places = [(functions[name].body, bodies[name]) for name in bodies.keys() - {""}]
    for statements, body in sorted(places, key=lambda place: -place[0][0].lineno):
        first = statements[1] if _is_docstring(statements[0]) and len(statements) > 1 else statements[0]
        start = statements[0].end_lineno if first is not statements[0] else _header_end(lines, first)
        indent = " " * first.col_offset
        lines[start : statements[-1].end_lineno] = [textwrap.indent(body.strip("\n"), indent) + "\n"]
    if top:
        imports = [
            node for node in ast.parse(exercise.source).body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        lines.insert(imports[-1].end_lineno, "\n" + top.strip("\n") + "\n")
    return "".join(lines)


def objects_with(exercise, bodies):
    """What an exercise asks for, with other bodies in some functions."""
    module = types.ModuleType(exercise.name)
    exec(compile(with_bodies(exercise, bodies), exercise.file, "exec"), vars(module))
    return [getattr(module, name) for name in exercise.objects]


def functions_of(source):
    """``{"ReLU.forward": node, "log_softmax": node}`` of all functions and methods at the top of a file."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = (child for child in node.body if isinstance(child, ast.FunctionDef))
            found |= {f"{node.name}.{method.name}": method for method in methods}
    return found


def _is_docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(getattr(statement.value, "value", None), str)


def _header_end(lines, first):
    """The index of the line behind `def ...:`, so that comments in front of the first statement go too."""
    start = first.lineno - 1
    while lines[start - 1].strip().startswith("#") or not lines[start - 1].strip():
        start -= 1
    return start
