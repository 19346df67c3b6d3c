# frozen_string_literal: true

# Without the application's sessions and checks: whether this process answers.
class HealthController < ActionController::Base
  def show = render(plain: 'OK')
end
