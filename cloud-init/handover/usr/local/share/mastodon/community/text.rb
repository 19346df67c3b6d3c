# frozen_string_literal: true

module Community
  # Texts in the forms in which they are compared, as community-files/text.ts makes them of the files: browsers send CRLF, and
  # Mastodon keeps blanks at a text's ends.
  module Text
    # White space, and what is left of byte order marks.
    BLANK = /[[:space:]\u{FEFF}]+/

    module_function

    # Of one line, such as a rule.
    def title(text) = strip(text.to_s.gsub(BLANK, ' '))

    # Of several lines, such as a comment.
    def lines(text) = strip(lf(text).split("\n", -1).map { |line| strip(line) }.join("\n"))

    # As lines, with one empty line at most between two paragraphs.
    def paragraphs(text) = lines(text).gsub(/\n{3,}/, "\n\n")

    # In Markdown or of another language.
    def document(text) = strip(lf(text))

    def lf(text) = text.to_s.gsub(/\r\n?/, "\n")

    def strip(text) = text.sub(/\A#{BLANK}/, '').sub(/#{BLANK}\z/, '')
  end
end
