# frozen_string_literal: true

# The name of a hashtag, however it is written: in small letters, without width, signs, and the accents of Latin-1 and Latin Extended-A.
class HashtagNormalizer
  ACCENTED = /[à-åç-öø-ýÿā-ž]/
  FOLDED = { 'ð' => 'd', 'ø' => 'o', 'đ' => 'd', 'ħ' => 'h', 'ı' => 'i', 'ĸ' => 'k', 'ł' => 'l', 'ŋ' => 'n', 'ŧ' => 't' }.freeze

  def normalize(text)
    small = text.unicode_normalize(:nfkc).downcase
    small.gsub(ACCENTED) { |letter| FOLDED.fetch(letter) { letter.unicode_normalize(:nfd)[0] } }.gsub(Tag::HASHTAG_INVALID_CHARS_RE, '')
  end
end
