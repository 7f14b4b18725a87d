"""Makes chat_templates.json: what Jinja makes of chat templates, with the settings of `transformers`.

The templates are those of published model families, and a few lines for each part of the language.

    pip install jinja2==3.1.6
    python make_chat_templates_golden.py
"""

import json
import pathlib

import jinja2
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

SMOLLM2 = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""

LLAMA3 = r"""{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>

'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>

' }}{% endif %}"""

LLAMA31 = r"""{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message, so we can slot it into the right place #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{{- "Today Date: " + date_string + "\n\n" }}
{%- if tools is not none %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""

ZEPHYR = r"""{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>
' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>
'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

MISTRAL = r"""{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"""

MISTRAL3 = r"""{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
"""

QWEN25 = r"""{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are a helpful assistant.' }}
    {%- endif %}
    {{- "\n\n# Tools\n\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools><|im_end|>\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\n<tool_call>\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' }}
        {{- message.content }}
        {{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""

QWEN3 = r"""{%- if messages[0].role == 'system' %}
    {{- '<|im_start|>system\n' + messages[0].content + '<|im_end|>\n' }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\n' + content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\n<think>\n' + reasoning_content.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}"""

GEMMA = r"""{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '
' + message['content'] | trim + '<end_of_turn>
' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model
'}}{% endif %}"""

GEMMA3 = r"""{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '
' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model
'}}
{%- endif -%}
"""
TEMPLATES = {
    "smollm2": SMOLLM2, "llama-3": LLAMA3, "llama-3.1": LLAMA31, "zephyr": ZEPHYR, "mistral": MISTRAL,
    "mistral-0.3": MISTRAL3, "qwen2.5": QWEN25, "qwen3": QWEN3, "gemma": GEMMA, "gemma-3": GEMMA3,
}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


CALL = {"function": {"name": "weather", "arguments": {"city": "Zürich \"<b>\"", "days": 2, "far": False}}}
CONVERSATIONS = {
    "one": [message("user", "Hello!")],
    "system": [message("system", "Be brief. "), message("user", " What is 2 + 2? \n")],
    "turns": [message("user", "Hi"), message("assistant", "Hello\nthere"), message("user", "Bye 🦊 é")],
    "long": [message("system", "S"), message("user", "a"), message("assistant", "<think>\nhm\n</think>\n\nb"),
             message("user", "c"), message("assistant", "d")],
    "wrong": [message("user", "one"), message("user", "two")],
    "tools": [message("user", "Weather?"), message("assistant", "", tool_calls=[CALL]),
              message("tool", "sunny"), message("assistant", "It is sunny.")],
    "parts": [message("user", [{"type": "text", "text": " look "}, {"type": "image"}])],
}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"a": [1, 2.5, None, True, []]}}}]

# One line for each part of the language.
SNIPPETS = [
    "a {{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2.5 * 2 }} {{ 1 ~ 'x' ~ 2.0 }}",
    "{{ [1, 'a', none, true] }} {{ [1.5, \"it's\"] }} {{ {'k': [1], 'n': {'m': false}} }} {{ [] }} {{ {} }}",
    "{{ undefined_name }}|{{ undefined_name is defined }}|{{ undefined_name or 'or' }}|{{ x if false }}|",
    "{{ 'a' if 1 > 2 else 'b' if 2 > 3 else 'c' }} {{ 1 < 2 <= 2 < 3 }} {{ 1 < 2 < 2 }} {{ not 1 == 2 }}",
    "{{ 'b' in 'abc' }} {{ 3 not in [1, 2] }} {{ 'k' in {'k': 1} }} {{ 1 == 1.0 }} {{ true == 1 }} {{ '1' == 1 }}",
    "{{ 'abc'[1] }}{{ 'abc'[-1] }}{{ 'abcdef'[1:4] }}{{ 'abcdef'[::-1] }}{{ [1,2,3][:-1] }}{{ [1,2,3][-9:9:2] }}{{ 'ab'[5] }}",
    "{{ ' x '|trim }}|{{ 'aXb'|upper|lower }}|{{ 'hello wORLD'|title }}|{{ 'hELLO'|capitalize }}|{{ [3,1]|first }}{{ [3,1]|last }}",
    "{{ [1,2]|join(', ') }} {{ 'abc'|length }} {{ {'a':1}|length }} {{ 'abc'|list }} {{ 'abc'|reverse }} {{ 'aba'|replace('a','c') }}",
    "{{ x|default('d') }} {{ ''|default('d') }} {{ ''|default('d', true) }} {{ none|default('d') }} {{ '12'|int + 1 }} {{ 'x'|int }} {{ 3.9|int }} {{ '2.5'|float }} {{ 3|string + '!' }} {{ -3|abs }}",
    "{{ {'a': [1, 'é\"\\n', none, true, 1.5, {}]}|tojson }} {{ [1, {'b': []}]|tojson(indent=2) }} {{ '<&>'|tojson }}",
    "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}{% for k in {'a': 1} %}{{ k }}{% endfor %}{{ {'a': 1}.get('b', 7) }}{{ {'a': 1}.get('z') }}",
    "{% for i in range(5) if i % 2 == 0 %}{{ i }}{{ loop.index }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ ',' if not loop.last }}{% else %}none{% endfor %}{% for i in [] %}x{% else %}empty{% endfor %}",
    "{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}",
    "{% set ns = namespace(n=1) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }} {{ ns.zz is defined }}",
    "{% set t %}a{{ 1 }}\n{% endset %}[{{ t }}]",
    "a\n  {% if true %}\n  b\n  {% endif %}\nc\n",
    "a  \n  {%- if true -%}  \n  b  {%- endif %}  \n  c {{- ' d ' -}}  e",
    "x {# a comment {{ nothing }} #}\n  {# another #}\ny {#- third -#} z",
    "  {% if true %}a{% endif %}   {% if true %}b{% endif %}\n   {%+ if true %}c{% endif +%}\nd",
    "{{ \"dq \\\"x\\\" \\t| \\u00e9 \\\\ \" }}{{ 'sq \\'x\\' \\n' }}{{ 'a' 'b' }}",
    "{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'xxaxx'.strip('x') }} {{ 'xax'.lstrip('x') }}{{ 'xax'.rstrip('x') }} {{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('bc') }} {{ 'aB'.upper() }}{{ 'aB'.lower() }} {{ 'o-o'.replace('-', '+') }}",
    "{{ [{'r': 1, 'n': 'a'}, {'r': 2, 'n': 'b'}, {'n': 'c'}]|selectattr('r', 'equalto', 2)|map(attribute='n')|list }} {{ [{'r': 1}, {}]|rejectattr('r')|list }} {{ [0, 1, 2]|select|list }} {{ [1, 2, 3]|select('odd')|list }}{{ ['a','b']|map('upper')|join }}",
    "{{ 1 is number }} {{ 'a' is string }} {{ none is none }} {{ [] is iterable }} {{ {} is mapping }} {{ 1 is mapping }} {{ true is boolean }} {{ 4 is even }} {{ 3 is eq 3 }} {{ 3 is not eq(4) }} {{ 1.0 is float }} {{ 1 is integer }} {{ true is true }} {{ 'ab' is sequence }} {{ 1 is in [1] }}",
    "{{ ('a' ~ 1) * 2 }}{{ [1] + [2] }}{{ -3|abs }}{{ - 2 + 5 }}",
    "{% if none %}a{% elif 0 %}b{% elif '' %}c{% elif [] %}d{% else %}e{% endif %}",
    "{% generation %}said{% endgeneration %}{{ '}}' }}{{ {'a': {'b': 1}}['a'].b }}{{ [[1,2],[3]].1[0] }}",
    "{%- for m in messages %}{{ m.role }}{{ loop.previtem.role if loop.previtem is defined }}{{ loop.nextitem.role if loop.nextitem is defined }}{% endfor %}",
    "{{ 'ß'|upper }}{{ 'e\u0301'|length }}{{ '👍🏽'[0] }}{{ 'é' == 'e\u0301' }}",
    "line\r\nnext {% if 1 %}\r\nx{% endif %}\r\n",
    "{{ 10**2 }}", "{% macro m() %}{% endmacro %}", "{{ x.y }}", "{{ 'a' + 1 }}", "{% if %}", "{{ 'a'|nosuch }}",
    "{% for x in 3 %}{% endfor %}", "{{ messages[0].a.b }}", "{% endif %}", "{{ 1 is nosuch }}", "{{ 'a }}",
    "{% if 1 %}", "{{ raise_exception('no ' ~ 1) }}", "{{ 1 // 0 }}", "{% include 'x' %}", "{{ nosuch() }}",
]


class Refused(Exception):
    """What a template raises."""


def raise_exception(message):
    raise Refused(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


class Generation(jinja2.ext.Extension):
    """`transformers` marks with it what a model has said."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


ENVIRONMENT = ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
ENVIRONMENT.filters["tojson"] = tojson
ENVIRONMENT.globals["raise_exception"] = raise_exception
ENVIRONMENT.globals["strftime_now"] = lambda form: {"%d %b %Y": "29 Feb 2024"}[form]

cases = []


def case(name, template, messages, prompt=True, **variables):
    entry = {"name": name, "template": template, "messages": messages, "prompt": prompt,
             "variables": variables}
    try:
        entry["text"] = ENVIRONMENT.from_string(template).render(
            messages=messages, add_generation_prompt=prompt, bos_token="<s>", eos_token="</s>",
            **variables)
    except Refused as error:
        entry["refused"] = str(error)
    except Exception as error:  # Jinja's own, and Python's.
        entry["error"] = f"{type(error).__name__}: {error}"
    cases.append(entry)


for name, template in TEMPLATES.items():
    for title, messages in CONVERSATIONS.items():
        case(f"{name}, {title}", template, messages)
    case(f"{name}, no prompt", template, CONVERSATIONS["turns"], prompt=False)
    case(f"{name}, with tools", template, CONVERSATIONS["one"], tools=TOOLS)
    case(f"{name}, without thinking", template, CONVERSATIONS["one"], enable_thinking=False)
for snippet in SNIPPETS:
    case(snippet, snippet, CONVERSATIONS["turns"])

path = pathlib.Path(__file__).parent / "chat_templates.json"
path.write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
print(f"{len(cases)} cases, {sum('error' in c for c in cases)} errors")
