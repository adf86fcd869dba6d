import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Question } from "../../src/shared/protocol/agent";
import { post } from "../host-link";
import { visible } from "../markdown/visible-text";
import type { Item } from "../store/items";
import { Icon } from "./icon";

type QuestionItem = Extract<Item, { kind: "question" }>;

interface Picked {
  labels: string[];
  own: string;
}

export function QuestionCard({ item }: { item: QuestionItem }): VNode {
  const [picked, setPicked] = useState<Record<string, Picked>>({});
  if (item.state !== "open") return <Answered item={item} />;
  const of = (question: string): Picked => picked[question] ?? { labels: [], own: "" };
  const complete = item.questions.every(({ question }) => of(question).labels.length > 0 || of(question).own.trim() !== "");
  const send = (): void => {
    const answers = Object.fromEntries(item.questions.map(({ question }) => [question, answerText(of(question))]));
    post({ type: "answer_question", id: item.id, answers });
  };
  return (
    <section class="card question" aria-label="The agent asks">
      {item.questions.map((question) => (
        <Choices
          key={question.question}
          id={item.id}
          question={question}
          picked={of(question.question)}
          onPick={(next) => setPicked({ ...picked, [question.question]: next })}
        />
      ))}
      <div class="buttons">
        <button type="button" class="button primary" disabled={!complete} onClick={send}>
          Answer
        </button>
        <button type="button" class="button" onClick={() => post({ type: "answer_question", id: item.id, answers: null })}>
          Skip
        </button>
      </div>
    </section>
  );
}

interface ChoicesProps {
  id: string;
  question: Question;
  picked: Picked;
  onPick(next: Picked): void;
}

function Choices({ id, question, picked, onPick }: ChoicesProps): VNode {
  const multi = question.multiSelect ?? false;
  const toggle = (label: string): void => {
    const has = picked.labels.includes(label);
    if (multi) onPick({ ...picked, labels: has ? picked.labels.filter((one) => one !== label) : [...picked.labels, label] });
    else onPick({ labels: [label], own: "" });
  };
  return (
    <fieldset class="choices">
      <legend dir="auto">
        <span class="tag">{visible(question.header)}</span> {visible(question.question)}
      </legend>
      {question.options.map((option) => (
        <label key={option.label} class="choice" dir="auto">
          <input
            type={multi ? "checkbox" : "radio"}
            name={`${id}:${question.question}`}
            checked={picked.labels.includes(option.label)}
            onChange={() => toggle(option.label)}
          />
          <span>
            <span class="choice-label">{visible(option.label)}</span>
            {option.description && <span class="choice-more">{visible(option.description)}</span>}
          </span>
        </label>
      ))}
      <input
        class="field"
        type="text"
        dir="auto"
        placeholder="Something else…"
        aria-label={`Own answer: ${question.question}`}
        value={picked.own}
        onInput={(event) => onPick({ labels: multi ? picked.labels : [], own: event.currentTarget.value })}
      />
    </fieldset>
  );
}

const answerText = ({ labels, own }: Picked): string => [...labels, ...(own.trim() === "" ? [] : [own.trim()])].join(", ");

function Answered({ item }: { item: QuestionItem }): VNode {
  return (
    <section class="card question answered" aria-label="Answered question">
      {item.questions.map(({ question }) => (
        <p key={question} dir="auto">
          <Icon name={item.state === "answered" ? "check" : "circle-slash"} /> {visible(question)}{" "}
          <strong>{item.state === "answered" ? visible(item.answers?.[question] ?? "") : "skipped"}</strong>
        </p>
      ))}
    </section>
  );
}
