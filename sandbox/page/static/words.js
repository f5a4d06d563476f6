// The page's own words: uk is written first, ru and en beside it. A phone speaks its owner's language.

const words = {
  uk: {
    brand: "Класно",
    title: "Класно: спробувати бота",
    tagline: "Бот для шкільного класу, в Telegram і Viber",
    honest: "Бот, база й черга листів справжні, сервери месенджерів – ні.",
    hint: "Пишіть і натискайте за будь-кого: ці телефони живі.",
    language: "Мова сторінки",
    clock: "Годинник",
    wind: "Перевести годинник уперед",
    minutes: "+10 хв", hour: "+1 год", morning: "До 7:00 завтра", day: "+1 день",
    phones: "Телефони", phone: "Телефон", news: "є нове",
    trouble: "Халепи",
    slow: "429 на 10 секунд", offline: "Обрив зв’язку на 10 секунд", online: "Повернути зв’язок",
    twice: "Останнє оновлення двічі", kill: "kill -9: вбити бота", start: "Запустити бота знову",
    slow_done: "Месенджери 10 секунд відповідають «забагато». Натисніть щось: лист зачекає в черзі й дійде сам.",
    offline_done: "10 секунд ніщо не проходить ні туди, ні назад. Потім надійде все, і нічого двічі.",
    twice_done: "Месенджер надсилає боту останню подію ще раз. Бот її впізнає, тож нічого не подвоїться.",
    twice_none: "Поки нема чого повторювати: у цьому месенджері ніхто нічого не робив.",
    kill_done: "Бота вбито. Пишіть і натискайте далі: месенджери триматимуть це, доки бот не повернеться.",
    start_done: "Бот запускається. За кілька секунд прийде все, що чекало.",
    running: "Бот працює", stopped: "Бот не працює", since: "з", pid: "pid",
    outbox: "Черга листів", outbox_hint: "Кожне повідомлення бота спершу лягає сюди, і лише потім іде до месенджера.",
    outbox_empty: "Поки порожньо.",
    id: "№", chat: "Кому", kind: "Вид", state: "Стан", attempts: "Спроби", text: "Текст", when: "Коли",
    queued: "у черзі", sending: "надсилається", sent: "надіслано", delivered: "доставлено", seen: "переглянуто",
    confirmed: "підтверджено", failed: "не дійшло", dropped: "скасовано", replaced: "замінено новішим",
    reply: "відповідь", urgent: "термінове", today: "новина", digest: "дайджест",
    lost: "Зв’язок із демо обірвався. Сторінка під’єднається сама.", loading: "З’єднуємося…",
    not_done: "Не вийшло. Спробуйте ще раз.", key_gone: "Цієї кнопки вже немає. Дивіться новіші.",
    too_large: "Сторінка надсилає за раз до 12 МБ.", too_many: "В альбомі буває до 10 фото й відео.",
    message_gone: "Цього повідомлення вже немає.",
    photos: "Фото чи альбом", video: "Відео", listen: "Слухати", pause: "Пауза", previous: "Попереднє", next: "Наступне",
    choose_photos: "Одне фото або кілька", own_files: "Свої файли…",
    leaves: "Осіннє листя", trip: "Поїздка автобусом", theatre: "У театрі", fair: "Ярмарок", rainbow: "Веселка над школою", tree: "Садимо дерево",
    answer: "Відповісти", answering: "Відповідь на повідомлення",
    bad_code: "У коді бувають лише латинські літери, цифри, «_» і «-».",
    bot: "бот", bot_says: "Бот:", you_say: "Ви:", conversation: "Розмова", edited: "змінено",
    photo: "Фото", voice: "Голосове повідомлення", sticker: "Наліпка", document: "Документ", forward: "Переслати",
    message: "Повідомлення", send: "Надіслати", attach: "Прикріпити", commands: "Меню", more: "Ще", keys: "Клавіатура бота",
    begin: "Розпочати", begin_viber: "Почати розмову", empty: "Тут поки тихо",
    empty_hint: "Відкрийте бота, як це зробила б людина з телефоном.",
    invitation: "Код із запрошення, якщо є", open_link: "Відкрити за запрошенням", cancel: "Скасувати",
    enlarge: "збільшити", close: "Закрити",
    scan: "навести камеру", whose_phone: "Чий телефон",
    block: "Заблокувати бота", unblock: "Розблокувати бота", blocked: "Бот заблокований: листи сюди не доходять.",
    block_viber: "Відписатися від бота", unblock_viber: "Підписатися знову", blocked_viber: "Підписки немає: листи сюди не доходять.",
  },
  ru: {
    brand: "Класно",
    title: "Класно: попробовать бота",
    tagline: "Бот для школьного класса, в Telegram и Viber",
    honest: "Бот, база и очередь писем настоящие, серверы мессенджеров – нет.",
    hint: "Пишите и нажимайте за кого угодно: эти телефоны живые.",
    language: "Язык страницы",
    clock: "Часы",
    wind: "Перевести часы вперёд",
    minutes: "+10 мин", hour: "+1 час", morning: "До 7:00 завтра", day: "+1 день",
    phones: "Телефоны", phone: "Телефон", news: "есть новое",
    trouble: "Неприятности",
    slow: "429 на 10 секунд", offline: "Обрыв связи на 10 секунд", online: "Вернуть связь",
    twice: "Последнее обновление дважды", kill: "kill -9: убить бота", start: "Запустить бота снова",
    slow_done: "Мессенджеры 10 секунд отвечают «слишком много». Нажмите что-нибудь: письмо подождёт в очереди и дойдёт само.",
    offline_done: "10 секунд ничто не проходит ни туда, ни обратно. Потом всё придёт, и ничего дважды.",
    twice_done: "Мессенджер присылает боту последнее событие ещё раз. Бот его узнаёт, и ничего не удваивается.",
    twice_none: "Пока нечего повторять: в этом мессенджере никто ничего не делал.",
    kill_done: "Бот убит. Пишите и нажимайте дальше: мессенджеры подержат это, пока бот не вернётся.",
    start_done: "Бот запускается. Через несколько секунд придёт всё, что ждало.",
    running: "Бот работает", stopped: "Бот не работает", since: "с", pid: "pid",
    outbox: "Очередь писем", outbox_hint: "Каждое сообщение бота сначала ложится сюда и только потом уходит в мессенджер.",
    outbox_empty: "Пока пусто.",
    id: "№", chat: "Кому", kind: "Вид", state: "Состояние", attempts: "Попытки", text: "Текст", when: "Когда",
    queued: "в очереди", sending: "отправляется", sent: "отправлено", delivered: "доставлено", seen: "просмотрено",
    confirmed: "подтверждено", failed: "не дошло", dropped: "отменено", replaced: "заменено новым",
    reply: "ответ", urgent: "срочное", today: "новость", digest: "дайджест",
    lost: "Связь с демо оборвалась. Страница подключится сама.", loading: "Соединяемся…",
    not_done: "Не получилось. Попробуйте ещё раз.", key_gone: "Этой кнопки уже нет. Смотрите более новые.",
    too_large: "Страница отправляет за раз до 12 МБ.", too_many: "В альбоме бывает до 10 фото и видео.",
    message_gone: "Этого сообщения уже нет.",
    photos: "Фото или альбом", video: "Видео", listen: "Слушать", pause: "Пауза", previous: "Предыдущее", next: "Следующее",
    choose_photos: "Одно фото или несколько", own_files: "Свои файлы…",
    leaves: "Осенние листья", trip: "Поездка на автобусе", theatre: "В театре", fair: "Ярмарка", rainbow: "Радуга над школой", tree: "Сажаем дерево",
    answer: "Ответить", answering: "Ответ на сообщение",
    bad_code: "В коде бывают только латинские буквы, цифры, «_» и «-».",
    bot: "бот", bot_says: "Бот:", you_say: "Вы:", conversation: "Разговор", edited: "изменено",
    photo: "Фото", voice: "Голосовое сообщение", sticker: "Стикер", document: "Документ", forward: "Переслать",
    message: "Сообщение", send: "Отправить", attach: "Прикрепить", commands: "Меню", more: "Ещё", keys: "Клавиатура бота",
    begin: "Начать", begin_viber: "Начать разговор", empty: "Здесь пока тихо",
    empty_hint: "Откройте бота, как это сделал бы человек с телефоном.",
    invitation: "Код из приглашения, если есть", open_link: "Открыть по приглашению", cancel: "Отменить",
    enlarge: "увеличить", close: "Закрыть",
    scan: "навести камеру", whose_phone: "Чей телефон",
    block: "Заблокировать бота", unblock: "Разблокировать бота", blocked: "Бот заблокирован: письма сюда не доходят.",
    block_viber: "Отписаться от бота", unblock_viber: "Подписаться снова", blocked_viber: "Подписки нет: письма сюда не доходят.",
  },
  en: {
    brand: "Klasno",
    title: "Klasno: try the bot",
    tagline: "A bot for a school class, in Telegram and Viber",
    honest: "The bot, the database and the outbox are real; the messengers’ servers are not.",
    hint: "Type and tap as anyone you like: these phones are live.",
    language: "Language of this page",
    clock: "Clock",
    wind: "Wind the clock forward",
    minutes: "+10 min", hour: "+1 hour", morning: "To 7:00 tomorrow", day: "+1 day",
    phones: "Phones", phone: "Phone", news: "something new",
    trouble: "Trouble",
    slow: "429 for 10 seconds", offline: "No connection for 10 seconds", online: "Bring it back",
    twice: "Last update twice", kill: "kill -9 the bot", start: "Start the bot again",
    slow_done: "For 10 seconds the messengers answer “too many”. Tap something: the letter waits in the outbox and goes by itself.",
    offline_done: "For 10 seconds nothing gets through either way. Then all of it arrives, and nothing twice.",
    twice_done: "The messenger sends the bot its last event again. The bot recognises it, so nothing happens twice.",
    twice_none: "Nothing to repeat yet: nobody has done anything on this messenger.",
    kill_done: "The bot is killed. Go on typing and tapping: the messengers hold it until the bot is back.",
    start_done: "The bot is starting. What waited will arrive in a few seconds.",
    running: "The bot is running", stopped: "The bot is not running", since: "since", pid: "pid",
    outbox: "Outbox", outbox_hint: "Every message of the bot is written here first, and only then goes to the messenger.",
    outbox_empty: "Nothing yet.",
    id: "No.", chat: "To", kind: "Kind", state: "State", attempts: "Attempts", text: "Text", when: "When",
    queued: "queued", sending: "sending", sent: "sent", delivered: "delivered", seen: "seen",
    confirmed: "confirmed", failed: "not delivered", dropped: "cancelled", replaced: "replaced by a newer one",
    reply: "reply", urgent: "urgent", today: "news", digest: "digest",
    lost: "The connection to the demo is lost. This page will reconnect by itself.", loading: "Connecting…",
    not_done: "That did not work. Please try again.", key_gone: "That button is gone. Look at the newer ones.",
    too_large: "The page sends up to 12 MB at once.", too_many: "An album has up to 10 photos and videos.",
    message_gone: "That message is gone.",
    photos: "Photo or album", video: "Video", listen: "Play", pause: "Pause", previous: "Previous", next: "Next",
    choose_photos: "One photo or several", own_files: "Your own…",
    leaves: "Autumn leaves", trip: "A bus trip", theatre: "At the theatre", fair: "The school fair", rainbow: "A rainbow over the school", tree: "Planting a tree",
    answer: "Reply", answering: "Reply to a message",
    bad_code: "A code has only Latin letters, digits, “_” and “-”.",
    bot: "bot", bot_says: "Bot:", you_say: "You:", conversation: "Conversation", edited: "edited",
    photo: "Photo", voice: "Voice message", sticker: "Sticker", document: "Document", forward: "Forward",
    message: "Message", send: "Send", attach: "Attach", commands: "Menu", more: "More", keys: "The bot’s keyboard",
    begin: "Start", begin_viber: "Start the conversation", empty: "Quiet here so far",
    empty_hint: "Open the bot as a person with a phone would.",
    invitation: "Code from the invitation, if any", open_link: "Open by an invitation", cancel: "Cancel",
    enlarge: "enlarge", close: "Close",
    scan: "hold a camera over it", whose_phone: "Whose phone",
    block: "Block the bot", unblock: "Unblock the bot", blocked: "The bot is blocked: nothing gets through.",
    block_viber: "Unsubscribe from the bot", unblock_viber: "Subscribe again", blocked_viber: "Unsubscribed: nothing gets through.",
  },
};

export const languages = { uk: "Українська", ru: "Русский", en: "English" };

export let language = "uk";

// The word of that key in a language; what is not a key is already a sentence and stays as it is.
export function say(key, inLanguage = language) {
  return (words[inLanguage] ?? words.uk)[key] ?? key;
}

// What one language has and another lacks; there must be nothing.
export function missing() {
  const keys = new Set(Object.values(words).flatMap(Object.keys));
  return [...keys].flatMap((key) => Object.keys(words).filter((each) => !words[each][key]).map((each) => `${each}: ${key}`));
}

// Turns the page's own words over, including those written into index.html, and remembers the choice.
export function speak(chosen) {
  language = words[chosen] ? chosen : "uk";
  document.documentElement.lang = language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  try { localStorage.setItem("language", language); } catch { /* a private window remembers nothing */ }
}

export function remembered() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

// What to try first, by language, in place of the page's own words.
export function setHint(hints) {
  for (const [each, hint] of Object.entries(hints)) if (words[each]) words[each].hint = hint;
}

let zone = "Europe/Kyiv";
export function setZone(name) { zone = name; }

// A moment (seconds since the epoch) as people say it, in the school's time zone.
const writers = new Map();
function write(seconds, inLanguage, form) {
  const name = `${inLanguage} ${zone} ${JSON.stringify(form)}`;
  if (!writers.has(name)) writers.set(name, new Intl.DateTimeFormat(inLanguage, { ...form, timeZone: zone }));
  return writers.get(name).format(new Date(seconds * 1000));
}
export const hours = (seconds) => write(seconds, "uk", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const day = (seconds, inLanguage = language) =>
  write(seconds, inLanguage === "en" ? "en-GB" : inLanguage, { weekday: "long", day: "numeric", month: "long" });
