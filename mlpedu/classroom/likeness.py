"""Is it the same code? Functions are compared by their syntax, apart from names and formatting."""

import ast
import builtins
import hashlib

from mlpedu.classroom.stubs import functions_of


def shapes(source):
    """``{"ReLU.forward": [digest, statements]}`` of all functions and methods at the top of a file."""
    return {name: _shape(function, "." in name) for name, function in functions_of(source).items()}


def _shape(function, method):
    """A short digest of the syntax with names numbered as they come, and how many statements there are."""
    own = function.args.args[0].arg if method and function.args.args else None
    numbers = {}
    statements = -1  # the function itself
    for node in ast.walk(function):
        statements += isinstance(node, ast.stmt)
        if isinstance(node, ast.FunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                statements -= 1
                node.body = node.body[1:]
            node.name, node.returns = "", None
        elif isinstance(node, ast.Name) and not hasattr(builtins, node.id):
            node.id = numbers.setdefault(node.id, str(len(numbers)))
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = numbers.setdefault(node.arg, str(len(numbers))), None
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own:
            node.attr = numbers.setdefault("." + node.attr, str(len(numbers)))
    return [hashlib.sha256(ast.dump(function).encode()).hexdigest()[:16], statements]
