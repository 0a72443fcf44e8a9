//! What a command works with: the setup, and the application once it is needed.

use std::env;
use std::sync::Arc;

use strum::IntoEnumIterator as _;
use tokio::sync::OnceCell;

use super::args::Global;
use super::passphrase::Terminal;
use crate::app::setup::{Flags, Setup};
use crate::app::{Act, App, Done, Engagement};
use crate::domain::command::Command;
use crate::domain::ids::{EngagementId, MemberName};
use crate::error::{Failure, Kind};
use crate::tui::perform::{Guiding, Manner};
use crate::tui::settings::Settings;
use crate::tui::theme::ThemeName;

/// One run of the program.
pub struct Session {
    /// What was given on the command line for every command.
    pub global: Global,
    /// Where things are.
    pub setup: Setup,
    /// What the configuration says about the screen.
    pub settings: Settings,
    app: OnceCell<App>,
}

impl Session {
    /// Settles where things are. Opens nothing.
    pub fn new(global: Global) -> Result<Self, Failure> {
        let flags = Flags { store: global.store.clone(), config: global.config.clone() };
        let mut settings = Settings::default();
        let setup = Setup::gather_with(&flags, &|name| env::var_os(name), &mut |parts, out| {
            settings = Settings::read(parts, out);
        })?;
        if let Some(name) = env::var("GOLIVE_THEME").ok().filter(|name| !name.is_empty())
            && name.parse::<ThemeName>().is_err()
        {
            return Err(no_such_theme());
        }
        Ok(Self { global, setup, settings, app: OnceCell::new() })
    }

    /// How a screen is set up: what the command line, the environment and the configuration say.
    pub fn manner(&self) -> Manner {
        Manner {
            look: self.settings.look(self.global.theme, |name| env::var(name).ok()),
            keys: self.settings.keys.clone(),
            notify: self.setup.config.notify.clone(),
            clipboard: self.settings.clipboard.clone(),
            guide: Guiding::until(self.setup.guided()),
            terminal: env::var("TERM").unwrap_or_default(),
        }
    }

    /// The application; opens key and store at the first call.
    pub async fn app(&self) -> Result<&App, Failure> {
        Ok(self.app.get_or_try_init(|| self.setup.open(Arc::new(Terminal))).await?)
    }

    /// The application, with a key that needs nobody at the terminal any more: for what goes on by itself.
    pub async fn app_that_signs(&self) -> Result<&App, Failure> {
        let app = self.app().await?;
        app.ready_to_sign().await?;
        Ok(app)
    }

    /// Reads an engagement.
    pub async fn load(&self, id: &EngagementId) -> Result<Engagement, Failure> {
        Ok(self.app().await?.load(id).await?)
    }

    /// Carries a command out, in the role that was given.
    pub async fn act(
        &self,
        id: &EngagementId,
        command: Command,
        on_behalf_of: Option<MemberName>,
    ) -> Result<Done, Failure> {
        let act = Act::new(command).in_role(self.global.role.clone()).for_person(on_behalf_of);
        Ok(self.app().await?.execute(id, act).await?)
    }
}

fn no_such_theme() -> Failure {
    let names: Vec<&str> = ThemeName::iter().map(ThemeName::name).collect();
    Failure::new(Kind::Usage, "GOLIVE_THEME names no theme").hint(format!("there are {}", names.join(", ")))
}
