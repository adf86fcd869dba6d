import { startModelServer } from "../model-server/start-model-server";
import { reply } from "../model-server/reply";
import type { ModelServer, ModelServerOptions } from "../model-server/start-model-server";
import { openChat } from "./chat";
import type { Chat } from "./chat";
import { openPackaged } from "./packaged-workbench";
import type { PackagedOptions, PackagedWorkbench } from "./packaged-workbench";

export interface ScriptedWorkbench {
  model: ModelServer;
  stride: PackagedWorkbench;
  chat: Chat;
  stop(): Promise<void>;
}

export const SCRIPTED_KEY = "sk-ant-scripted-0000000000";

/** Stride in a real workbench, talking to a model server that says what the test tells it to. */
export async function openScripted(
  options: PackagedOptions = {},
  server: Partial<ModelServerOptions> = {},
): Promise<ScriptedWorkbench> {
  const model = await startModelServer({ script: [], besides: reply.text("A title"), ...server });
  const stride = await openPackaged({
    ...options,
    env: { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: SCRIPTED_KEY, ...options.env },
    // A script is used up one reply a request: nobody else may ask.
    settings: { "stride.generateTitles": false, ...options.settings },
  });
  return {
    model,
    stride,
    chat: await openChat(stride.page),
    async stop() {
      await stride.stop();
      await model.stop();
    },
  };
}
