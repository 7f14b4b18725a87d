// Every text of the page, in English and Chinese.

const words = {
  skip: ["Skip to the page", "跳到正文"],
  watch: ["Watch", "观察"], play: ["Play", "演练"], inside: ["See inside", "透视"],
  languageName: ["中文", "English"], switchLanguage: ["Switch to Chinese", "切换到英文"],
  toDark: ["Dark colours", "深色"], toLight: ["Light colours", "浅色"],
  lost: ["The studio has ended. Start it again and use the address that it prints.", "工作室已结束。请重新启动，并打开它打印的地址。"],
  reconnecting: ["Connecting again…", "正在重新连接…"],
  // Watch
  runs: ["Runs", "训练"], compare: ["Compare", "对比"], noRuns: ["No training runs yet.", "还没有训练。"],
  startOne: ["Start one in a terminal; it appears here:", "在终端启动一个，它会出现在这里："],
  readRuns: ["Or read runs that have ended:", "或读取已结束的训练："],
  running: ["running", "运行中"], paused: ["paused", "已暂停"], finished: ["finished", "已完成"],
  stopped: ["stopped", "已停止"], lostRun: ["ended without saying why", "意外结束"],
  pause: ["Pause", "暂停"], resume: ["Go on", "继续"], step: ["One step", "单步"],
  stop: ["Stop and save", "停止并保存"], really: ["Really stop?", "确定停止？"],
  stepFact: ["step", "步"], epochFact: ["epoch", "轮"], lossFact: ["loss (smoothed)", "损失（平滑）"],
  elapsed: ["time", "用时"], left: ["left", "剩余"], overhead: ["cost of the pictures", "画图开销"],
  parametersFact: ["parameters", "参数"], dropped: ["pictures left out", "略过的画面"],
  loss: ["Loss", "损失"], learningRate: ["Learning rate", "学习率"],
  gradientNorms: ["Gradient norms by layer", "各层梯度范数"], memory: ["Memory", "内存"],
  layers: ["Weights, gradients and activations", "权重、梯度与激活"],
  layersHint: ["Each strip is a histogram from its smallest to its largest value. A unit is dead where it gave 0 for every example looked at.", "每条是从最小值到最大值的直方图。对所有样本都输出 0 的单元称为“死亡”单元。"],
  textSample: ["What it writes", "它写出的文字"],
  samples: ["samples", "样本"], images: ["images", "图像"], tokens: ["tokens", "词元"], names: ["names", "名字"], steps: ["steps", "步"], characters: ["characters", "字符"], batches: ["batches", "批"],
  parameters: ["parameters", "参数"], dataTag: ["data", "数据"], optimizerTag: ["optimizer", "优化器"], temporary: ["temporary", "临时"],
  layer: ["layer", "层"], weights: ["weights", "权重"], gradients: ["gradients", "梯度"], activations: ["activations", "激活"],
  deviation: ["std", "标准差"], deadUnits: ["dead units", "死亡单元"],
  smoothing: ["Smoothing", "平滑"], logScale: ["Logarithmic", "对数坐标"], floor: ["no model can go below", "理论下限"],
  rateFactor: ["Factor on the schedule", "相对计划的倍率"], apply: ["Set", "设定"],
  // Play
  data: ["Data", "数据"], simple: ["half", "半平面"], diagonal: ["corner", "角"], split: ["strips", "条带"], xor: ["xor", "异或"], circle: ["circle", "圆"],
  spiral: ["spiral", "螺旋"], moons: ["moons", "双月"], points: ["own points", "自己点"],
  noise: ["Noise", "噪声"], seed: ["Seed", "种子"], network: ["Network", "网络"], output: ["output", "输出"],
  hiddenLayer: ["hidden layer", "隐藏层"], hiddenLayers: ["hidden layers", "隐藏层"], addLayer: ["Add a layer", "加一层"], removeLayer: ["Remove the last layer", "去掉一层"],
  addUnit: ["Add a unit to layer", "为此层加一个单元："], removeUnit: ["Remove a unit from layer", "为此层减一个单元："],
  activation: ["Activation", "激活函数"], optimizer: ["Optimizer", "优化器"], regularization: ["Regularization", "正则化"], none: ["none", "无"],
  strength: ["Strength", "强度"], batchSize: ["Batch size", "批大小"], speedSteps: ["Steps per picture", "每帧步数"],
  train: ["Train", "训练"], reset: ["Start over", "重来"], asSwift: ["As Swift", "Swift 代码"], share: ["Copy the address", "复制地址"],
  shared: ["The address of this state is copied (it works in your own studio).", "此状态的地址已复制（可在你自己的工作室打开）。"],
  copy: ["Copy", "复制"], copied: ["Copied.", "已复制。"], close: ["Close", "关闭"], weightsFile: ["Weights", "权重文件"],
  trainLoss: ["training loss", "训练损失"], heldOutLoss: ["held-out loss", "留出损失"], accuracy: ["right", "正确率"], heldOutShort: ["held out", "留出"],
  answerOf: ["Answer over the plane", "平面上的输出"], unitOf: ["Unit", "单元"], backToOutput: ["Show the output", "显示输出"],
  class0: ["class 0", "类 0"], class1: ["class 1", "类 1"], clickPoints: ["Click into the plane to add points of the chosen class; by keys: arrows move, space adds. At least two are needed.", "在平面上点击，添加所选类别的点；键盘：方向键移动，空格添加。至少两个。"],
  clearPoints: ["Remove all points", "清除所有点"], swiftHint: ["This program trains the same network to the same bits: put it in a package that depends on Fledge.", "这段程序把同样的网络训练到逐位相同：放进依赖 Fledge 的包中运行即可。"],
  networkHint: ["Every square shows what a unit answers over the plane; lines are weights. Choose a unit to see it large.", "每个方块是一个单元在平面上的输出，连线是权重。点选单元可放大。"],
  whoseCode: ["Whose code moves it", "谁的代码在运行"], myCode: ["Mine", "我的"], fledgeCode: ["Fledge's", "Fledge 的"],
  yours: ["your", "你的"], references: ["the reference's", "参考实现的"], fledges: ["Fledge's: no exercise yet", "Fledge 自己的：尚无此练习"],
  changedSince: ["yours changed since it passed", "你的代码通过后有改动"], kernels: ["kernels", "内核"], operators: ["operators", "算子"], scalars: ["scalars", "标量"], operations: ["operations", "运算"],
  madeOf: ["made of", "构成"], tensorLayers: ["layers of tensors", "张量层"], layersPart: ["layers", "层"],
  heldOutPoints: ["outlined points are held out", "空心点为留出数据"], negative: ["negative", "负"], positive: ["positive", "正"],
  // Inside
  digit: ["Draw a digit", "画一个数字"], formula: ["Step through a formula", "逐步求导"], strides: ["Move strides", "步幅"], attention: ["Attention", "注意力"],
  heads: ["heads", "头"], formulaText: ["Formula", "公式"], toStart: ["To the start", "回到开头"], goBack: ["Choose a step to go back to it.", "点选某一步即可返回。"],
  clear: ["Clear", "清除"], example: ["An example", "示例"], probabilities: ["What it thinks", "判断"], training: ["The network is training…", "网络训练中…"],
  drawHere: ["Draw with a finger or the mouse.", "用手指或鼠标画。"], keysDraw: ["With keys: arrows move, space draws.", "键盘：方向键移动，空格落笔。"],
  formulaHint: ["Names are numbers that you choose; +, −, ×, ÷, ^, exp, log, tanh, sigmoid, relu.", "变量名是可选的数；支持 + − × ÷ ^ exp log tanh sigmoid relu。"],
  keysStep: ["With keys: left and right step through the graph.", "键盘：在图中用左右键逐步移动。"],
  forward: ["Forward", "前向"], backward: ["Backward", "反向"], next: ["Next", "下一步"], previous: ["Back", "上一步"], atEnd: ["All of it", "全部"],
  value: ["value", "值"], gradient: ["gradient", "梯度"],
  shape: ["shape", "形状"], stridesOf: ["strides", "步幅"], offset: ["offset", "偏移"], contiguous: ["contiguous", "连续"], yes: ["yes", "是"], no: ["no", "否"],
  buffer: ["The buffer never moves", "缓冲区始终不动"], viewNow: ["The view", "视图"], addView: ["Change the view", "改变视图"], transpose: ["Transpose the last two axes", "转置最后两轴"], flip: ["Permute: reverse the axes", "倒序各轴"],
  half: ["First half of axis 0", "轴 0 的前一半"], every2: ["Every second of the last axis", "最后一轴隔一个取"], reshape: ["Reshape to", "变形为"], newBuffer: ["A new buffer", "新的缓冲区"], copies: ["No strides over the buffer before could say this shape, so its elements were copied here.", "旧缓冲区上没有任何步幅能表达这个形状，所以元素被复制到了这里。"],
  elementAt: ["buffer place = offset + Σ index × stride", "缓冲位置 = 偏移 + Σ 下标 × 步幅"],
  prompt: ["Prompt", "提示"], temperature: ["Temperature", "温度"], topP: ["Top-p", "Top-p"], writeOne: ["Write one", "写一个"], nextToken: ["Next character", "下一个字符"],
  layerHead: ["layer and head", "层与头"], attentionHint: ["Row: the character that looks. Column: what it looks at.", "行：正在看的字符；列：被看的字符。"],
};

let language = localStorage.getItem("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
const listeners = [];

export const isChinese = () => language === "zh";
export const t = (key) => words[key]?.[language === "zh" ? 1 : 0] ?? key;

export function chooseLanguage(next) {
  language = next;
  localStorage.setItem("language", next);
  showLanguage();
}

/** Tells the page which language it has. */
export function showLanguage() {
  document.documentElement.lang = isChinese() ? "zh-CN" : "en";
  for (const listener of listeners) listener();
}
export const onLanguage = (listener) => listeners.push(listener);
