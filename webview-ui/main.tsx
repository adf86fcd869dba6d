import { render } from "preact";
import "@vscode/codicons/dist/codicon.css";
import "./style/panel.css";
import "./style/markdown.css";
import "./style/transcript.css";
import "./style/prompt.css";
import "./style/composer.css";
import "./style/views.css";
import { connect } from "./host-link";
import { warmMarkdown } from "./markdown/warm-markdown";
import { App } from "./views/app";

const root = document.getElementById("root") ?? document.body.appendChild(document.createElement("div"));
root.id = "root";
render(<App />, root);
connect();
warmMarkdown();
