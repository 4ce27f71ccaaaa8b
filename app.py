"""Open the page: `python app.py`, then visit the address it prints."""

from __future__ import annotations

import argparse
import sys

from cgan_demo.console import check_options, print_anything
from cgan_demo.errors import CganDemoError
from cgan_demo.serving import serve


def main() -> None:
    print_anything()
    parser = argparse.ArgumentParser(description="Open the cgan_demo page in a browser.")
    parser.add_argument("--host", help="address to listen on (default: GRADIO_SERVER_NAME or 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port (default: GRADIO_SERVER_PORT or the first free one from 7860)")
    parser.add_argument("--share", action="store_true", help="also open a public address through gradio's tunnel")
    parser.add_argument("--mcp", action="store_true", help="also serve the page's calls as the tools of an MCP server")
    args = parser.parse_args()
    try:
        check_options(args)
        serve(args.host, args.port, args.share, args.mcp)
    except CganDemoError as error:
        sys.exit(f"app.py: {error}")


if __name__ == "__main__":
    main()
