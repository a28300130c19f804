"""Reads a Jenkinsfile by Groovy's grammar."""

import sys
from pathlib import Path

from groovy_parser.parser import parse_groovy_content

parse_groovy_content(Path(sys.argv[1]).read_text())
